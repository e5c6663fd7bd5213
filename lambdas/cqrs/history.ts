import { isObject } from '../private/is-object.js';
import { envelopeText, parseEnvelope, type Envelope } from './envelope.js';
import type { StoredCommit } from './outbox.js';

/** One stream's commits from a version on. */
export interface StreamQuestion {
  /** `product/85123A`. */
  readonly stream: string;
  /** The first version wanted, from 1. */
  readonly from: number;
}

/** The commits of all streams of a name that lie in one of several segments. */
export interface SegmentQuestion {
  /** `product`. */
  readonly streamName: string;
  readonly segment: number;
  readonly segments: number;
  /** Where the page before ended. */
  readonly cursor?: string;
  /** How many commits the page may have; left out for as many as an answer holds. */
  readonly most?: number;
}

/** Where history is read from. One adapter per write model. */
export interface HistorySource {
  /**
   * Commits in order and whole, as many as fit into a page.
   *
   * @throws HistoryExpiredError if that version was cleaned up.
   */
  stream(question: StreamQuestion): Promise<{ readonly commits: readonly StoredCommit[]; readonly more: boolean }>;
  /**
   * Each stream lies in one segment for ever, its versions in order; a page may end in the middle of a stream. What is
   * committed meanwhile may be missed, which its events make good.
   */
  segment(question: SegmentQuestion): Promise<{ readonly commits: readonly StoredCommit[]; readonly cursor?: string }>;
  /** How many commits there are. */
  count(streamName: string): Promise<CommitCount>;
}

/** How many commits there are; not exact where counting them would cost as much as reading them. */
export interface CommitCount {
  readonly commits: number;
  readonly exact: boolean;
}

/** A page of one stream's history. */
export interface StreamAnswer {
  readonly commits: readonly Envelope[];
  readonly more: boolean;
}

/** A page of the history of many streams. */
export interface SegmentAnswer {
  readonly commits: readonly Envelope[];
  readonly cursor?: string;
}

/** What the history function answers. */
export type HistoryAnswer = StreamAnswer | SegmentAnswer | CommitCount;

/** A question that the history function does not understand. */
export class HistoryRequestError extends TypeError {
  override readonly name = 'HistoryRequestError';
  readonly code = 'invalid-history-request';
}

/**
 * Answers a question about history:
 *
 * - `{ stream, from }` → `{ commits, more }`: ask again from the version after the last one while there is more;
 * - `{ streamName, segment, segments, cursor?, most? }` → `{ commits, cursor? }`: ask again with the cursor while there
 *   is one;
 * - `{ streamName, count: true }` → `{ commits, exact }`: their number.
 *
 * @throws HistoryRequestError if it is none of these.
 * @throws HistoryExpiredError if the version was cleaned up.
 */
export async function history(source: HistorySource, request: StreamQuestion): Promise<StreamAnswer>;
export async function history(source: HistorySource, request: SegmentQuestion): Promise<SegmentAnswer>;
export async function history(source: HistorySource, request: unknown): Promise<HistoryAnswer>;
export async function history(source: HistorySource, request: unknown): Promise<HistoryAnswer> {
  if (isStreamQuestion(request)) {
    const { commits, more } = await source.stream(request);
    return { commits: commits.map(envelopeOf), more };
  }
  if (isSegmentQuestion(request)) {
    const { commits, cursor } = await source.segment(request);
    return { commits: commits.map(envelopeOf), ...(cursor === undefined ? {} : { cursor }) };
  }
  if (isCountQuestion(request)) return source.count(request.streamName);
  throw new HistoryRequestError(
    'ask with { "stream": "product/85123A", "from": 1 }, a stream and a version from 1; ' +
      'with { "streamName": "product", "segment": 0, "segments": 8 }; or with { "streamName": "product", "count": true }',
  );
}

function envelopeOf({ stream, version, commit }: StoredCommit): Envelope {
  return parseEnvelope(envelopeText(stream, version, commit));
}

function isStreamQuestion(request: unknown): request is StreamQuestion {
  if (!isObject(request)) return false;
  const { stream, from } = request;
  return typeof stream === 'string' && /^[^/]+\/./.test(stream) && isWhole(from, 1);
}

function isSegmentQuestion(request: unknown): request is SegmentQuestion {
  if (!isObject(request)) return false;
  const { streamName, segment, segments, cursor, most } = request;
  if (!isName(streamName) || !isWhole(segment, 0) || !isWhole(segments, 1) || segment >= segments) return false;
  if (most !== undefined && !isWhole(most, 1)) return false;
  return cursor === undefined || typeof cursor === 'string';
}

function isCountQuestion(request: unknown): request is { readonly streamName: string } {
  return isObject(request) && isName(request['streamName']) && request['count'] === true;
}

const isName = (value: unknown): value is string => typeof value === 'string' && /^[^/]+$/.test(value);

const isWhole = (value: unknown, least: number): value is number =>
  Number.isSafeInteger(value) && Number(value) >= least;
