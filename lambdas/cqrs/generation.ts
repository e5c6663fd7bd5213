/**
 * What the second generation of a view is there for.
 *
 * - `building`: it is filled from history and fed with what comes; its failures hold nothing up.
 * - `frozen`: it is filled, and stands still while its totals are compared. What comes meanwhile is followed later.
 * - `ready`: it holds all that the live one holds and is written first, so that readers may move to it at any time.
 * - `kept`: readers have moved away from it; it is written first, so that they may move back until it is dropped.
 * - `dropping`: it is fed no longer, and deleted.
 */
export type Phase = 'building' | 'frozen' | 'ready' | 'kept' | 'dropping';

/** A generation beside the live one. */
export interface Beside {
  readonly generation: number;
  readonly phase: Phase;
  /** The declared version of the logic that it was built with. */
  readonly version?: string;
}

/** Which generations of a view there are, which of them readers see, and how far a rebuild has got. */
export interface GenerationRecord {
  /** The generation that readers see. Generations count from 1, and no number is used twice. */
  readonly live: number;
  /** Counts the changes of the record; 0: none was ever written. */
  readonly revision: number;
  /** The declared version of the logic that the live generation was built with. Left out: "1". */
  readonly version?: string;
  readonly beside?: Beside;
  /** The highest number that a generation ever had. Left out: the live one's. */
  readonly last?: number;
  /** From `at` on readers see this generation, which is then the one beside the live one. */
  readonly next?: number;
  /** When readers move to `next`, in milliseconds since 1970. */
  readonly at?: number;
  readonly job?: RebuildJob;
}

/** What a rebuild does next, or that it is over. See `rebuild.ts`. */
export type JobStep = 'begin' | 'fill' | 'verify' | 'freeze' | 'totals' | 'ready' | 'swap' | 'finish' | 'drop' | 'done';

/** How far a rebuild has got. Kept in the record, so that it goes on where it was when the function ended. */
export interface RebuildJob {
  /** Who does it: the execution of its state machine. */
  readonly id: string;
  readonly step: JobStep;
  readonly state: 'running' | 'stopped' | 'failed' | 'done';
  /** Whether it goes back to the generation of before. */
  readonly rollback?: true;
  /** Whether readers, on their way to a new generation, shall come back from there. */
  readonly turn?: true;
  /** Whether what is dropped makes room for a new generation. */
  readonly anew?: true;
  /** Commits a second over all segments. Left out: as fast as it goes. */
  readonly rate?: number;
  /** After how many seconds nobody writes by an older copy of the record any more. */
  readonly settle: number;
  /** For how many seconds the generation of before is kept. */
  readonly keep: number;
  /** When it was started, and when its step begins or began, in milliseconds since 1970. */
  readonly started: number;
  readonly since: number;
  /** How many commits history held when it was started, and whether that is exact. */
  readonly total: number;
  readonly exact: boolean;
  readonly segments: readonly SegmentProgress[];
  /** Why it failed. */
  readonly problem?: JobProblem;
}

/** How far one segment of history has got in the current step. */
export interface SegmentProgress {
  /** Where it goes on; left out at its beginning. */
  readonly cursor?: string;
  /** Commits that were looked at in this step. */
  readonly commits: number;
  readonly done: boolean;
}

/** Why a rebuild does not go on by itself. */
export interface JobProblem {
  readonly code: string;
  readonly message: string;
  /** The streams that it is about, up to ten. */
  readonly streams: readonly string[];
}

/** A view that was never rebuilt. */
export const FIRST: GenerationRecord = { live: 1, revision: 0 };

/**
 * The record of a view, with the version that its live generation is built with: what is deployed, where nobody has
 * written a record yet, since nobody has fed the view before.
 */
export function versioned(record: GenerationRecord, declared: string): GenerationRecord {
  return record.revision === 0 ? { ...record, version: declared } : record;
}

/** For how long a copy of the record is used, in milliseconds. */
export const COPY_AGE = 2000;

/** The generation that readers see at a time, in milliseconds since 1970. */
export function liveAt({ live, next, at }: GenerationRecord, time: number): number {
  return next !== undefined && at !== undefined && time >= at ? next : live;
}
