import type { LocalCloud } from '../../local/index.js';

/** One side of a comparison. A round gives as many samples as it can: a latency each, or one rate. */
export type Side = () => Promise<readonly number[]>;

/** The two sides, ready to be run by turns. */
export interface Sides {
  readonly kit: Side;
  readonly bare: Side;
  readonly close?: () => Promise<void>;
}

/** How much is measured. */
export interface Effort {
  /** Rounds of each side that count. */
  readonly rounds: number;
  /** Rounds of each side before that, which do not. */
  readonly warmUp: number;
  /** How large a round is; what it counts is the measurement's own affair. */
  readonly size: number;
}

/** What a measurement may use. */
export interface Bench {
  readonly effort: Effort;
  /** A local cloud, started when it is first asked for; its environment is then this process's. */
  readonly cloud: () => Promise<LocalCloud>;
  /** Says what is going on. */
  readonly say: (what: string) => void;
}

/** What an operation costs, counted and not measured. Units are those of DynamoDB, where it has any. */
export interface Count {
  readonly what: string;
  readonly requests: number;
  readonly read?: number;
  readonly write?: number;
}

/** What belongs to one pattern. */
export interface Suite {
  readonly measurements: readonly Measurement[];
  readonly counts: (cloud: LocalCloud) => Promise<readonly Count[]>;
}

/** A comparison of the kit with the same thing done by hand, side by side in one run. */
export interface Measurement {
  readonly name: string;
  /** What is compared with what. */
  readonly what: string;
  readonly unit: string;
  /** Which is better: a low number, as of a time, or a high one, as of a rate. */
  readonly better: 'low' | 'high';
  /** The kit's number over the other's: at most this where low is better, at least this where high is. */
  readonly goal?: number;
  readonly effort: { readonly full: Effort; readonly quick: Effort };
  prepare(bench: Bench): Promise<Sides>;
}
