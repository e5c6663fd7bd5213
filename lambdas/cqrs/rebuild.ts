/**
 * A rebuild makes a new generation of a view beside the live one, from history, while traffic goes on.
 *
 * The projection's own function does the work, a portion at a time; a state machine calls it. All that has to be
 * remembered is in the generations' record, so that each call may come twice, and each may be the last for a while.
 *
 * ## What the state machine does
 *
 * ```text
 * Start                 input: { dbpatterns: 'rebuild', step: 'start', job: $$.Execution.Id, input: $, keep: <seconds> }
 *   ↓ Todo
 * Wait $.wait seconds   (may be 0)
 * Choice $.step
 *   fill, verify, totals
 *       Map over $.segments (numbers), MaxConcurrency 8, each until it is done, or for 1,000 portions:
 *         Part          input: { dbpatterns: 'rebuild', step: $.step, job: $$.Execution.Id, segment: <number> }
 *           ↓ Part      { done, wait }
 *         done: end of this segment; otherwise Wait $.wait seconds (may be 0) and Part again
 *       then Next       input: { dbpatterns: 'rebuild', step: 'next', job: $$.Execution.Id }
 *         ↓ Todo → Wait
 *   begin               (it was left undone) Next as above
 *   freeze, ready, swap, finish, drop
 *       Do              input: { dbpatterns: 'rebuild', step: $.step, job: $$.Execution.Id }
 *         ↓ Todo → Wait
 *   done, stopped, superseded   → Succeed
 *   failed                      → Fail (error `rebuild-failed`; why stands in `status`)
 * Start refused (`RebuildError`: one is on its way, there is nothing to do, it is too late)
 *                               → Succeed with { refused }: nothing has failed
 * whatever else ends in an error that does not go away, or does not in time:
 *       Give up         input: { dbpatterns: 'rebuild', step: 'fail', job: $$.Execution.Id, error: <its name> }
 *                       → Fail with that error
 * ```
 *
 * - A `Todo` is `{ step, wait, segments }`, always all three: `segments` is empty where there is nothing to map over.
 * - The execution's input is `{ rate?, settle?, keep?, segments?, resume?, rollback? }`, any of them or none: `{}`.
 *   `rate`: commits a second, over all segments. `settle`: seconds after which no function works by an older copy of
 *   the record (default: the function's time-out + 3). `keep`: seconds for which the generation of before is kept
 *   (default: what the call of `start` says beside the input, or else a day). Both up to 300 days. `segments`: into how many
 *   parts history is divided, 1 to 64 (default: 8; with a rate, one for each 100 commits a second, up to 8). `resume`: go on with what was stopped or has
 *   failed, and as it was started, unless `rate`, `settle` or `keep` say otherwise. `rollback`: back to the generation of
 *   before, or away with a new one that is not live yet; `settle` and `keep` may be said anew.
 * - Errors that go away: `RebuildUnavailableError`, and Lambda's own (lib/private/rebuild-definition.ts names them): Retry
 *   them with backoff on every task. No other does, `RebuildError` among them. Of a call whose answer was lost the function
 *   may go on while the next one works: what it keeps must be right all the same.
 * - The function needs the view's items by key, `dynamodb:Scan` and `dynamodb:BatchWriteItem` on its table, and the
 *   publisher's history function.
 *
 * ## What others ask
 *
 * - `{ dbpatterns: 'rebuild', step: 'status' }` → {@link RebuildStatus}
 * - `{ dbpatterns: 'rebuild', step: 'stop' }` → {@link RebuildStatus}: the job ends at its next call.
 */
import type { JobProblem, JobStep } from './generation.js';

/** The input of an execution. */
export interface RebuildInput {
  readonly rate?: number;
  readonly settle?: number;
  readonly keep?: number;
  readonly segments?: number;
  readonly resume?: boolean;
  readonly rollback?: boolean;
}

/** A call of a projection's function about its rebuild. */
export type RebuildRequest =
  | {
      readonly dbpatterns: 'rebuild';
      readonly step: 'start';
      readonly job: string;
      readonly input?: RebuildInput;
      /** For how many seconds the generation of before is kept where nobody has said it. */
      readonly keep?: number;
    }
  | { readonly dbpatterns: 'rebuild'; readonly step: 'fail'; readonly job: string; readonly error: string }
  | {
      readonly dbpatterns: 'rebuild';
      readonly step: 'fill' | 'verify' | 'totals';
      readonly job: string;
      readonly segment: number;
    }
  | {
      readonly dbpatterns: 'rebuild';
      readonly step: 'next' | 'freeze' | 'ready' | 'swap' | 'finish' | 'drop';
      readonly job: string;
    }
  | { readonly dbpatterns: 'rebuild'; readonly step: 'status' | 'stop' };

/** What the state machine does next, after so many seconds. */
export interface Todo {
  readonly step: JobStep | 'stopped' | 'superseded' | 'failed';
  readonly wait: number;
  readonly segments: readonly number[];
}

/** What a portion of a segment came to: whether the segment is done, or after how many seconds it goes on. */
export interface Part {
  readonly done: boolean;
  readonly wait: number;
}

/** How a view and its rebuild are. */
export interface RebuildStatus {
  /** The projection's name. */
  readonly name: string;
  readonly kind: string;
  readonly stream: string;
  /** The generation that readers see. */
  readonly generation: number;
  /** The declared version of the logic that the live view was built with. */
  readonly version: string;
  /** The version that the deployed function declares. */
  readonly declared: string;
  /** Whether the two differ and no rebuild is on its way. */
  readonly due: boolean;
  /** Streams that stand still in the live view; `more` where there may be others. */
  readonly parked: number;
  readonly more: boolean;
  readonly job?: RebuildJobStatus;
}

/** How far a rebuild is. */
export interface RebuildJobStatus {
  readonly id: string;
  /** The generation that is built, or that is to be dropped. */
  readonly generation: number;
  readonly step: JobStep;
  readonly state: 'running' | 'stopped' | 'failed' | 'done';
  readonly rollback: boolean;
  /** Commits that this step has looked at, and how many there were when the rebuild started. */
  readonly done: number;
  readonly total: number;
  /** Whether the total was counted exactly. */
  readonly exact: boolean;
  /** Commits a second in this step. */
  readonly rate: number;
  /** Seconds until the step is over at this rate; left out where nobody can say. */
  readonly left?: number;
  /** Seconds until the step begins, since until then a function may work by the state of before. */
  readonly wait?: number;
  /** Whether this is the second `verify`: what the new generation has missed is followed, contents are not compared. */
  readonly catchingUp?: boolean;
  readonly started: string;
  /** When the generation of before is dropped, ISO 8601: until then a rollback can return to it. */
  readonly dropAt?: string;
  readonly problem?: JobProblem;
}
