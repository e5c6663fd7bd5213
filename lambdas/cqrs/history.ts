import type { PostgresClient } from '../stores/index.js';
import { envelopeText, parseEnvelope, type Envelope } from './envelope.js';
import { PAGE_BYTES } from './limits.js';
import { commitsFrom } from './outbox.js';

/** What the history function is asked. */
export interface HistoryRequest {
  /** `product/85123A`. */
  readonly stream: string;
  /** The first version wanted, from 1. */
  readonly from: number;
}

/** A question that the history function does not understand. */
export class HistoryRequestError extends TypeError {
  override readonly name = 'HistoryRequestError';
  readonly code = 'invalid-history-request';
}

/**
 * The commits of one stream from a version on, in order and whole, as many as fit into a page; `more` says whether to
 * ask again from the version after the last one.
 *
 * @throws HistoryRequestError if it is not `{ stream, from }`.
 */
export async function history(
  db: PostgresClient,
  request: unknown,
): Promise<{ readonly commits: readonly Envelope[]; readonly more: boolean }> {
  if (!isRequest(request)) {
    throw new HistoryRequestError('ask with { "stream": "product/85123A", "from": 1 }, a stream and a version from 1');
  }
  const { commits, more } = await commitsFrom(db, request.stream, request.from, PAGE_BYTES);
  return {
    commits: commits.map(({ stream, version, commit }) => parseEnvelope(envelopeText(stream, version, commit))),
    more,
  };
}

function isRequest(request: unknown): request is HistoryRequest {
  if (typeof request !== 'object' || request === null) return false;
  const { stream, from } = request as { stream?: unknown; from?: unknown };
  return typeof stream === 'string' && /^[^/]+\/./.test(stream) && Number.isSafeInteger(from) && Number(from) >= 1;
}
