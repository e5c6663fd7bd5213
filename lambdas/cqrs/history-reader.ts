import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { parseEnvelope, type Envelope } from './envelope.js';

/** A page of a stream's history. */
export interface HistoryPage {
  /** Commits in order, the first at the version asked for; none where the stream ends before it. */
  readonly commits: readonly Envelope[];
  /** Whether more follow. */
  readonly more: boolean;
}

/** Reads the history of one stream from a version on. Throws where it cannot be had. */
export type HistoryReader = (stream: string, from: number) => Promise<HistoryPage>;

/** History could not be read, or it does not hold what it should yet. It is asked again later. */
export class HistoryUnavailableError extends Error {
  override readonly name = 'HistoryUnavailableError';
  readonly code = 'history-unavailable';
}

/** Reads history from the publisher's history function. */
export function historyFunction(name: string, client = new LambdaClient({})): HistoryReader {
  return async (stream, from) => {
    const payload = Buffer.from(JSON.stringify({ stream, from }));
    const answer = await client.send(new InvokeCommand({ FunctionName: name, Payload: payload }));
    const text = Buffer.from(answer.Payload ?? []).toString('utf8');
    if (answer.FunctionError !== undefined) {
      throw new HistoryUnavailableError(`the history function '${name}' failed: ${answer.FunctionError}`);
    }
    const page: unknown = JSON.parse(text);
    if (!isPage(page)) throw new HistoryUnavailableError(`the history function '${name}' gave no page of commits`);
    return { commits: page.commits.map(parseEnvelope), more: page.more };
  };
}

function isPage(page: unknown): page is { commits: unknown[]; more: boolean } {
  return (
    typeof page === 'object' &&
    page !== null &&
    'commits' in page &&
    Array.isArray(page.commits) &&
    'more' in page &&
    typeof page.more === 'boolean'
  );
}
