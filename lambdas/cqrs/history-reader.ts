import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { isObject } from '../private/is-object.js';
import { parseEnvelope, type Envelope } from './envelope.js';
import { HistoryExpiredError } from './history-expired.js';
import { HistoryUnavailableError } from './history-unavailable.js';

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
  page(streamName: string, segment: number, segments: number, cursor?: string): Promise<SegmentPage>;
  count(streamName: string): Promise<{ readonly commits: number; readonly exact: boolean }>;
}

/** Reads history from the publisher's history function. */
export function historyFunction(name: string, client = new LambdaClient({})): HistoryReader {
  return async (stream, from) => {
    const page = await ask(client, name, { stream, from });
    if (!isPage(page)) throw new HistoryUnavailableError(`the history function '${name}' gave no page of commits`);
    return { commits: page.commits.map(parseEnvelope), more: page.more };
  };
}

/** Reads the history of many streams from the publisher's history function. */
export function historySegments(name: string, client = new LambdaClient({})): HistorySegments {
  return {
    async page(streamName, segment, segments, cursor) {
      const page = await ask(client, name, { streamName, segment, segments, cursor });
      if (!isSegmentPage(page)) {
        throw new HistoryUnavailableError(`the history function '${name}' gave no page of a segment`);
      }
      const { commits, cursor: next } = page;
      return { commits: commits.map(parseEnvelope), ...(next === undefined ? {} : { cursor: next }) };
    },
    async count(streamName) {
      const count = await ask(client, name, { streamName, count: true });
      if (!isCount(count)) throw new HistoryUnavailableError(`the history function '${name}' did not count`);
      return count;
    },
  };
}

async function ask(client: LambdaClient, name: string, request: object): Promise<unknown> {
  const payload = Buffer.from(JSON.stringify(request));
  const answer = await client.send(new InvokeCommand({ FunctionName: name, Payload: payload }));
  const text = Buffer.from(answer.Payload ?? []).toString('utf8');
  if (answer.FunctionError !== undefined) {
    const { errorType, errorMessage } = failureOf(text);
    const what = typeof errorMessage === 'string' ? errorMessage : 'nothing was said';
    const away = `the history function '${name}' failed: ${answer.FunctionError}, ${what}`;
    throw HistoryExpiredError.of(errorType, what) ?? new HistoryUnavailableError(away);
  }
  return JSON.parse(text) as unknown;
}

/** What Lambda tells about the error of a function. */
function failureOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const failure: unknown = JSON.parse(text);
    return isObject(failure) ? failure : {};
  } catch {
    return {};
  }
}

function isPage(page: unknown): page is { commits: unknown[]; more: boolean } {
  return isObject(page) && Array.isArray(page['commits']) && typeof page['more'] === 'boolean';
}

function isSegmentPage(page: unknown): page is { commits: unknown[]; cursor?: string } {
  if (!isObject(page) || !Array.isArray(page['commits'])) return false;
  return page['cursor'] === undefined || typeof page['cursor'] === 'string';
}

function isCount(count: unknown): count is { commits: number; exact: boolean } {
  return isObject(count) && typeof count['commits'] === 'number' && typeof count['exact'] === 'boolean';
}
