import type { Envelope } from './envelope.js';
import type { SegmentQuestion } from './history.js';

/** A page of a stream's history. */
export interface HistoryPage {
  /** Commits in order, the first at the version asked for; none where the stream ends before it. */
  readonly commits: readonly Envelope[];
  /** Whether more follow. */
  readonly more: boolean;
}

/**
 * Reads the history of one stream from a version on.
 *
 * @throws HistoryExpiredError if that version was cleaned up: it will never be had again.
 * @throws HistoryUnavailableError if it cannot be had now.
 */
export type HistoryReader = (stream: string, from: number) => Promise<HistoryPage>;

/** A page of the history of many streams. */
export interface SegmentPage {
  /** Each stream's in order, from where the page before ended. */
  readonly commits: readonly Envelope[];
  /** Where the next page begins; left out where the segment ends. */
  readonly cursor?: string;
}

/** All that a publisher's history holds of the streams of one name, in segments. Each stream lies in one of them. */
export interface HistorySegments {
  page(question: SegmentQuestion): Promise<SegmentPage>;
  count(streamName: string): Promise<{ readonly commits: number; readonly exact: boolean }>;
}
