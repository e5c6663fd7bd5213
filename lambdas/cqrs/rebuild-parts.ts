import type { Clock } from '../stores/index.js';
import type { Waiting } from './backoff.js';
import type { HistoryReader, HistorySegments } from './history-reader.js';
import type { Log } from './log.js';
import type { ViewStore } from './view-store.js';

/** What a rebuild works with. */
export interface RebuildParts {
  readonly name: string;
  readonly kind: string;
  readonly streamName: string;
  /** The version of its logic that the deployed function declares. */
  readonly declared: string;
  /** In seconds. */
  readonly functionTimeout: number;
  readonly store: ViewStore;
  readonly history: HistoryReader;
  readonly segments: HistorySegments;
  readonly log: Log;
  readonly now: Clock;
  readonly waiting: Waiting;
}

/** How many segments the state machine has worked on at the same time. */
export const SEGMENTS_AT_ONCE = 8;
/** What a cursor begins with where a verification has come to the streams of the live generation. */
export const LIVE = 'live:';
/** How many streams are worked on at the same time. */
export const STREAMS_AT_ONCE = 10;
/** How often a stream that keeps moving is looked at. */
export const ROUNDS = 10;
/** How often history is asked again for what a view has already: the events of a commit may be faster than it. */
export const LATE_ATTEMPTS = 5;
