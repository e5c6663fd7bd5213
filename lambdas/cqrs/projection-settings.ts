import { oneOf, optional, text, whole, type Clock, type Environment, type Values } from '../stores/index.js';
import type { Waiting } from './backoff.js';
import type { HistoryReader, HistorySegments } from './history-reader.js';
import type { Log } from './log.js';
import type { OwnQueue } from './own-queue.js';

/** What every projection takes from outside; each has a default, and a test or a simulation can replace each. */
export interface ProjectionHandlerOptions extends Partial<Waiting> {
  /** Default: the process's, where the construct has written `DBPATTERNS_PROJECTION` and the store's variable. */
  readonly environment?: Environment;
  /** Default: the publisher's history function. */
  readonly history?: HistoryReader;
  /** What a rebuild reads. Default: the publisher's history function. */
  readonly segments?: HistorySegments;
  /** Default: the queue that the environment names. */
  readonly queue?: OwnQueue;
  readonly now?: Clock;
  /** Default: lines of JSON on the console. */
  readonly log?: Log;
}

/**
 * A direct invocation of a projection's function, about streams that are parked in any generation that is fed:
 *
 * - `{ dbpatterns: 'parked', cursor? }` → `ParkedPage`: ask again with the cursor while there is one;
 * - `{ dbpatterns: 'show', stream }` → `ParkedStream`: a mark for each generation in which it is parked;
 * - `{ dbpatterns: 'retry' | 'discard', stream }` → `ParkingOutcome`: what it came to in each generation.
 */
export type ParkingRequest =
  | {
      readonly dbpatterns: 'retry' | 'discard' | 'show';
      /** The parked stream: `product/85123A`. */
      readonly stream: string;
    }
  | { readonly dbpatterns: 'parked'; readonly cursor?: string };

/** The fields of the variable `DBPATTERNS_PROJECTION`. */
export const PROJECTION_FIELDS = {
  name: text,
  service: text,
  stream: text,
  kind: oneOf('entity', 'aggregate', 'reaction'),
  queue: text,
  history: text,
  parkAfter: whole,
  store: text,
  table: optional(text),
  version: optional(text),
  functionTimeout: optional(whole),
};

/** What the construct says about a projection. */
export type ProjectionSettings = Values<typeof PROJECTION_FIELDS>;
