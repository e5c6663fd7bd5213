import type { SQSRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { aggregate, parseEnvelope, projection, put, stream, v1 } from '../../../lambdas/cqrs/index.js';
import { byStream, deliveryOf } from '../../../lambdas/cqrs/delivery.js';
import { operationsOf } from '../../../lambdas/cqrs/event-handlers.js';
import { growing } from '../../../lambdas/cqrs/own-queue.js';

const product = stream('product', { Created: v1(z.object({})) });

const environment = (more: Record<string, unknown> = {}) => ({
  DBPATTERNS_PROJECTION: JSON.stringify({
    name: 'browse/Listing',
    service: 'catalog',
    stream: 'product',
    kind: 'entity',
    queue: 'https://queue',
    history: 'history',
    parkAfter: 5,
    store: 'VIEW',
    ...more,
  }),
  DBPATTERNS_STORE_VIEW: JSON.stringify({ kind: 'dynamodb', table: 'view', partitionKey: 'id' }),
});

function record(subject: string, version: number, more: { receives?: number; attempts?: number } = {}): SQSRecord {
  const detail = {
    specversion: '1.0',
    id: `${subject}@${version}`,
    source: 'catalog',
    type: 'product',
    subject,
    time: '2010-12-01T08:26:00.000Z',
    datacontenttype: 'application/json',
    format: 1,
    version,
    correlationid: 'c',
    causationid: 'c',
  };
  const attempts = { stringValue: String(more.attempts), dataType: 'Number' };
  return {
    messageId: `${subject}@${version}`,
    body: JSON.stringify({ source: 'catalog', 'detail-type': 'product', detail }),
    attributes: { ApproximateReceiveCount: String(more.receives ?? 1) },
    messageAttributes: more.attempts === undefined ? {} : { 'dbpatterns-attempts': attempts },
  } as Partial<SQSRecord> as SQSRecord;
}

describe('a projection', () => {
  it('does nothing before its first event, not even reading its environment', () => {
    expect(() => projection(product, {}, { environment: {} })).not.toThrow();
  });

  it('refuses an environment of another stream or another kind of view', async () => {
    const other = projection(product, {}, { environment: environment({ stream: 'sale' }) });
    await expect(other({ Records: [] })).rejects.toMatchObject({ code: 'invalid-variable' });
    const kind = aggregate(product, {}, { environment: environment() });
    await expect(kind({ Records: [] })).rejects.toThrow("browse/Listing is for an entity view of 'product'");
  });

  it('takes an empty batch, and refuses what is neither a batch nor a request about its stream', async () => {
    const handler = projection(product, { Created: () => put({}) }, { environment: environment() });
    expect(await handler({ Records: [] })).toEqual({ batchItemFailures: [] });
    await expect(handler({ dbpatterns: 'retry', stream: 'sale/1' })).rejects.toThrow('"stream":"product/…"');
    const odd = { dbpatterns: 'delete', stream: 'product/1' } as never;
    await expect(handler(odd)).rejects.toThrow('{"dbpatterns":"retry"|"discard"');
  });
});

describe('the handler of an event', () => {
  it('learns the address of the event and what caused it', async () => {
    const seen: object[] = [];
    const apply = operationsOf(product, { Created: (event) => void seen.push(event) });
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { detail } = JSON.parse(record('product/85123A', 3).body) as { detail: object };
    const data = { events: [{ type: 'Created', v: 1, data: {} }] };
    await apply(parseEnvelope({ ...detail, correlationid: 'basket 7', traceparent, data }));
    expect(seen).toEqual([
      {
        type: 'Created',
        v: 1,
        data: {},
        id: '85123A',
        stream: 'product/85123A',
        version: 3,
        time: '2010-12-01T08:26:00.000Z',
        correlationId: 'basket 7',
        causationId: 'c',
        traceparent,
      },
    ]);
  });
});

describe('deliveries', () => {
  it('count the receives of earlier copies as attempts', () => {
    expect(deliveryOf(record('product/1', 1, { receives: 3 }), 'product').attempts).toBe(3);
    expect(deliveryOf(record('product/1', 1, { receives: 2, attempts: 4 }), 'product').attempts).toBe(6);
  });

  it('are of one stream each, in the order of versions', () => {
    const records = [record('product/2', 2), record('product/1', 10), record('product/2', 1), record('product/1', 9)];
    const streams = byStream(records.map((one) => deliveryOf(one, 'product')));
    const versions = [...streams].map(([stream, list]) => [stream, list.map(({ envelope }) => envelope.version)]);
    expect(Object.fromEntries(versions)).toEqual({ 'product/1': [9, 10], 'product/2': [1, 2] });
  });

  it('come again after 1, 2, 4 … seconds, at most 15 minutes', () => {
    expect([0, 1, 2, 3, 9, 10, 1000].map(growing)).toEqual([1, 2, 4, 8, 512, 900, 900]);
  });
});

it('a handler of a view waits for nothing: what calls others is a reaction, which no rebuild runs again', () => {
  // @ts-expect-error a promise is no operation
  expect(projection(product, { Created: async ({ data }) => Promise.resolve(put(data)) })).toBeTypeOf('function');
  // @ts-expect-error a promise is no operation
  expect(aggregate(product, { Created: async () => Promise.resolve(undefined) })).toBeTypeOf('function');
});
