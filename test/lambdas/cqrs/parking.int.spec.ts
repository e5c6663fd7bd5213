import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { projection, put, stream, v1, type ProjectionHandler } from '../../../lambdas/cqrs/index.js';
import { ViewRig } from './view-rig.js';

const product = stream('product', { Created: v1(z.object({ price: z.int() })) });
const { Created } = product.events;

let mended = false;
let rig: ViewRig;
let handler: ProjectionHandler;

beforeEach(async () => {
  mended = false;
  rig = await ViewRig.start({ kind: 'entity', stream: 'product' });
  const handlers = {
    Created: ({ data }: { data: { price: number } }) => {
      if (data.price === 13 && !mended) throw new Error('an unlucky price');
      return put(data);
    },
  };
  handler = projection(product, handlers, rig.options());
});

/** Parks these entities. */
async function park(...ids: string[]): Promise<void> {
  await handler(
    rig.event(
      ids.map((id) => rig.commit(`product/${id}`, Created({ price: 13 }))),
      3,
    ),
  );
}

/** Parks an entity where the directory has no room for its name. */
async function parkUnnamed(id: string): Promise<void> {
  rig.fault = (command, input) => {
    if (command !== 'TransactWriteItems' || !JSON.stringify(input).includes('ADD #streams')) return;
    throw Object.assign(new Error('cancelled'), {
      name: 'TransactionCanceledException',
      CancellationReasons: [{ Code: 'None' }, { Code: 'None' }, { Code: 'ConditionalCheckFailed' }],
      $metadata: {},
    });
  };
  await park(id);
  rig.fault = () => undefined;
}

async function parked(): Promise<{ streams: string[]; requests: string[] }> {
  rig.sent.length = 0;
  const streams: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await handler({ dbpatterns: 'parked', ...(cursor === undefined ? {} : { cursor }) });
    streams.push(...page.marks.map((mark) => mark.stream));
    ({ cursor } = page);
  } while (cursor !== undefined);
  return { streams, requests: rig.sent.map(({ command }) => command) };
}

describe('what is parked', () => {
  it('is listed without a scan, by the directory that is written with each mark', async () => {
    expect(await parked()).toEqual({ streams: [], requests: ['BatchGetItem'] });
    await park('b', 'a');
    expect(await parked()).toEqual({ streams: ['product/a', 'product/b'], requests: ['BatchGetItem', 'BatchGetItem'] });
    mended = true;
    await handler.retry('product/a');
    expect((await parked()).streams).toEqual(['product/b']);
  });

  it('is found by a scan where the directory is full, and by the directory once it has room for all', async () => {
    await park('first');
    await parkUnnamed('second');
    const { streams, requests } = await parked();
    expect(streams.sort()).toEqual(['product/first', 'product/second']);
    expect(requests).toEqual(['BatchGetItem', 'Scan', 'UpdateItem']);
    expect(await parked()).toEqual({
      streams: ['product/first', 'product/second'],
      requests: ['BatchGetItem', 'BatchGetItem'],
    });
    mended = true;
    await handler.retry('product/second');
    expect((await parked()).streams).toEqual(['product/first']);
  });

  it('is found by a scan again where a stream was parked during the last one', async () => {
    await parkUnnamed('first');
    rig.fault = async (command) => {
      if (command !== 'UpdateItem') return;
      await parkUnnamed('second');
    };
    expect((await parked()).streams).toEqual(['product/first']);
    const { streams, requests } = await parked();
    expect(streams.sort()).toEqual(['product/first', 'product/second']);
    expect(requests).toContain('Scan');
  });

  it('is found from the beginning where the directory became full between two pages', async () => {
    await park('a', 'b');
    await parkUnnamed('c');
    const page = await handler({ dbpatterns: 'parked', cursor: '1:product/a' });
    expect('marks' in page && page.marks.map(({ stream }) => stream).sort()).toEqual([
      'product/a',
      'product/b',
      'product/c',
    ]);
  });

  it('is shown with the commit that cannot be applied', async () => {
    await park('a');
    const { commits } = rig;
    expect(await handler({ dbpatterns: 'show', stream: 'product/a' })).toMatchObject({
      stream: 'product/a',
      marks: [{ version: 1, generation: 1, live: true, commit: commits[0] }],
    });
    expect(await handler({ dbpatterns: 'show', stream: 'product/b' })).toEqual({ stream: 'product/b', marks: [] });
  });

  it('is shown without its commit where history is away, and why', async () => {
    await park('a');
    rig.historyIsAway = true;
    const { marks } = await handler({ dbpatterns: 'show', stream: 'product/a' });
    expect(marks).toMatchObject([{ version: 1, problem: 'history is away' }]);
    expect(marks[0]).not.toHaveProperty('commit');
  });

  it('is listed from where a page ended only, and not from anywhere else', async () => {
    const odd = handler({ dbpatterns: 'parked', cursor: 'product/a' });
    await expect(odd).rejects.toMatchObject({ name: 'ParkedCursorError', code: 'invalid-cursor' });
  });

  it('is a metric, when it is parked and each time that a delivery is acknowledged for it', async () => {
    const metrics = (): unknown[] => rig.log.filter(({ _aws }) => _aws !== undefined);
    await park('a');
    expect(metrics()).toEqual([
      {
        level: 'info',
        message: 'metric',
        Projection: 'test/View',
        Parked: 1,
        _aws: {
          Timestamp: expect.any(Number) as number,
          CloudWatchMetrics: [
            {
              Namespace: 'cdk-database-patterns',
              Dimensions: [['Projection']],
              Metrics: [{ Name: 'Parked', Unit: 'Count' }],
            },
          ],
        },
      },
    ]);
    await handler(rig.event([rig.commit('product/a', Created({ price: 1 }))]));
    expect(metrics()).toHaveLength(2);
    await handler(rig.event([rig.commit('product/b', Created({ price: 1 }))]));
    expect(metrics()).toHaveLength(2);
  });
});

describe('the record of the generations', () => {
  it('is read once in 2 s', async () => {
    let time = Date.parse('2026-01-01T00:00:00Z');
    const counted = projection(
      product,
      { Created: ({ data }) => put(data) },
      rig.options({ now: () => new Date(time) }),
    );
    for (const id of ['a', 'b', 'c']) await counted(rig.event([rig.commit(`product/${id}`, Created({ price: 1 }))]));
    expect(rig.records.map(({ command, read }) => [command, read])).toEqual([['GetItem', 1]]);
    time += 2000;
    await counted(rig.event([rig.commit('product/d', Created({ price: 1 }))]));
    expect(rig.records).toHaveLength(2);
  });
});
