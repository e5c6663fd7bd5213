import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { entityView, queries, Token, type LogEntry } from '../../../lambdas/cqrs/index.js';
import { dropPortion } from '../../../lambdas/cqrs/dynamodb-drop.js';
import { readItems } from '../../../lambdas/cqrs/read-items.js';

const now = () => new Date('2026-01-01T00:00:00Z');
const waiting = { random: () => 1, sleep: async () => Promise.resolve() };

/** A table under load: it answers, but puts off whatever it is asked for at large. */
function busyTable() {
  const sdk = new DynamoDBClient({ region: 'us-east-1' });
  const answers: Record<string, (input: object) => object> = {
    BatchGetItemCommand: (input) => ({ UnprocessedKeys: 'RequestItems' in input && input.RequestItems }),
    BatchWriteItemCommand: (input) => ({ UnprocessedItems: 'RequestItems' in input && input.RequestItems }),
    ScanCommand: () => ({ Items: [{ id: { S: '_g2#1' } }] }),
  };
  sdk.middlewareStack.add(
    (_, context) => async (args) => {
      const output = answers[context.commandName ?? '']?.(args.input) ?? {};
      return Promise.resolve({ output: { $metadata: {}, ...output }, response: {} });
    },
    { step: 'initialize', name: 'busy' },
  );
  const indexes = [{ name: 'by-band', partitionKey: 'band' }];
  return { client: DynamoDBDocumentClient.from(sdk), table: 'shop-view', partitionKey: 'id', indexes };
}

const refusalOf = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(() => undefined).catch((error: unknown) => error);

describe('a table that puts everything off', () => {
  it('is named, by an error after which the same may be asked again', async () => {
    const table = busyTable();
    const refusals = [
      await refusalOf(readItems(table, [{ id: '1' }], waiting)),
      await refusalOf(dropPortion(table, waiting, 2)),
    ];
    for (const refusal of refusals) {
      expect(refusal).toMatchObject({ name: 'TableBusyError', code: 'table-busy', table: 'shop-view' });
      expect(refusal).toHaveProperty('$retryable');
    }
  });

  it('is 503 to who reads a view', async () => {
    const log: LogEntry[] = [];
    const view = entityView('product', { table: busyTable(), now, ...waiting });
    const after = Token.of({ 'product/1': 1 }, { now });
    const answer = await queries(
      { 'GET /bands/{band}': ({ params }) => view.list('by-band', params.band, { after }) },
      { now, log: (entry) => void log.push(entry) },
    )({ httpMethod: 'GET', path: '/bands/any', headers: {} } as Partial<APIGatewayProxyEvent> as APIGatewayProxyEvent);
    expect(answer).toMatchObject({ statusCode: 503 });
    expect(JSON.parse(answer.body)).toMatchObject({ type: 'urn:dbpatterns:problem:store-unavailable' });
    expect(log).toMatchObject([{ level: 'error', message: 'query failed' }]);
  });
});
