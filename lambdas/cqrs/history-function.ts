import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { isObject } from '../private/is-object.js';
import { objectIn } from '../private/json.js';
import { parseEnvelope } from './envelope.js';
import { HistoryExpiredError } from './history-expired.js';
import type { HistoryReader, HistorySegments } from './history-reader.js';
import { HistoryUnavailableError } from './history-unavailable.js';

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
    async page(question) {
      const page = await ask(client, name, question);
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
    const { errorType, errorMessage } = objectIn(text);
    const what = typeof errorMessage === 'string' ? errorMessage : 'nothing was said';
    const away = `the history function '${name}' failed: ${answer.FunctionError}, ${what}`;
    throw HistoryExpiredError.of(errorType, what) ?? new HistoryUnavailableError(away);
  }
  return JSON.parse(text) as unknown;
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
