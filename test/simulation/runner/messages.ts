import type { Rule } from '../../support/checker/index.js';
import type { Server } from '../models/postgres/engine.js';
import type { Done } from '../run.js';

/** What a worker is told. */
export interface Order {
  readonly server: Server;
  readonly database: string;
  /** The repository's root. */
  readonly root: string;
  readonly seeds: { readonly from: number; readonly to: number; readonly step: number };
  /** Whether it ends with the first failure. Default: it goes on. */
  readonly stopAtFailure?: boolean;
  /** Runs that break none of these rules are no failures, whatever else they break. Default: all rules. */
  readonly by?: readonly Rule[];
  /** Only runs in which a view is rebuilt. Default: all. */
  readonly among?: 'rebuilds';
  /** How many runs shortening a failure may take, before it is told. */
  readonly shrink: number;
  /** Whether it tells the story of each run, failed or not. */
  readonly tell?: boolean;
  /** What is replaced in SQL files. */
  readonly patches?: readonly Patch[];
}

/** A text of a source file and what stands there instead. */
export interface Patch {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** What a worker tells of a run. */
export interface Told {
  readonly seed: number;
  readonly moments: number;
  readonly seconds: number;
  readonly faults: number;
  readonly commands: number;
  readonly done: Done;
  readonly failure?: Failure;
  /** The rules that it broke, where that is no failure. */
  readonly otherwise?: readonly Rule[];
  readonly story?: string;
}

export interface Failure {
  readonly violations: readonly string[];
  /** Whether the same seed failed the same way once more. Left out of mutants, which are not asked. */
  readonly repeats?: boolean;
  readonly story: string;
  /** What is left of it after shortening. */
  readonly short?: { readonly steps: number; readonly faults: readonly string[]; readonly story: string };
}
