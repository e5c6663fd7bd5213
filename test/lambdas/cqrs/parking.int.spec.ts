import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { projection, put, stream, v1, type ProjectionHandler } from '../../../lambdas/cqrs/index.js';
import { MovedClock, runMachine } from './rebuild-machine.js';
import { ViewRig } from './view-rig.js';

const product = stream('product', { Created: v1(z.object({ price: z.int() })) });
const { Created } = product.events;

let mended = false;
let rig: ViewRig;
let handler: ProjectionHandler;

const handlers = {
  Created: ({ data }: { data: { price: number } }) => {
    if (data.price === 13 && !mended) throw new Error('an unlucky price');
    return put(data);
  },
};

beforeEach(async () => {
  mended = false;
  rig = await ViewRig.start({ kind: 'entity', stream: 'product' });
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

function throttled(): never {
  throw Object.assign(new Error('throttled'), { name: 'ThrottlingException', $metadata: {} });
}

/** Parks an entity where the directory has no room for its name. */
async function parkUnnamed(id: string): Promise<void> {
  rig.fault = (command, input) => {
    // What is parked cannot be counted either, which would put the directory in order.
    if (command === 'BatchGetItem') throttled();
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

  it('is parked after a pause where the table is throttled', async () => {
    let throttled = 3;
    rig.fault = (command) => {
      if (command !== 'TransactWriteItems' || (throttled -= 1) < 0) return;
      throw Object.assign(new Error('cancelled'), {
        name: 'TransactionCanceledException',
        CancellationReasons: [{ Code: 'None' }, { Code: 'ThrottlingError' }, { Code: 'None' }],
        $metadata: {},
      });
    };
    await park('a');
    expect((await parked()).streams).toEqual(['product/a']);
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

  it('is asked for by a stream that is followed, and is told what else may be asked', async () => {
    const odd = handler({ dbpatterns: 'show', stream: 'sale/1' });
    await expect(odd).rejects.toMatchObject({ name: 'ProjectionRequestError', code: 'invalid-request' });
    await expect(odd).rejects.toThrow("a projection of 'product' takes messages from its queue, or");
  });

  it('is listed from where a page ended only, and not from anywhere else', async () => {
    const odd = handler({ dbpatterns: 'parked', cursor: 'product/a' });
    await expect(odd).rejects.toMatchObject({ name: 'ParkedCursorError', code: 'invalid-cursor' });
  });
});

describe('the metric of what is parked', () => {
  let time = 0;

  beforeEach(() => {
    time = Date.parse('2026-01-01T00:00:00Z');
    handler = projection(product, handlers, rig.options({ now: () => new Date(time) }));
  });

  /** What was told so far. */
  const told = (): unknown[] => rig.log.filter(({ Parked }) => Parked !== undefined).map(({ Parked }) => Parked);

  /** What CloudWatch makes of it: the highest value of each minute. */
  const byMinute = (): number[] => {
    const highest = new Map<number, number>();
    for (const { Parked, _aws } of rig.log) {
      if (typeof Parked !== 'number') continue;
      const minute = Math.floor((_aws as { Timestamp: number }).Timestamp / 60_000);
      highest.set(minute, Math.max(Parked, highest.get(minute) ?? 0));
    }
    return [...highest].sort(([a], [b]) => a - b).map(([, value]) => value);
  };

  it('is how many streams stand still, whenever that changes: 0 when the last one goes on', async () => {
    await park('a', 'b');
    await park('c');
    mended = true;
    await handler.retry('product/a');
    await handler.discard('product/b');
    await handler.retry('product/c');
    expect(told()).toEqual([2, 3, 2, 1, 0]);
  });

  it('is a line that CloudWatch takes for one', async () => {
    await park('a');
    expect(rig.log.filter(({ Parked }) => Parked !== undefined)).toEqual([
      {
        level: 'info',
        message: 'metric',
        Projection: 'test/View',
        Parked: 1,
        _aws: {
          Timestamp: time,
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
  });

  it('is told again by a delivery that meets a parked stream, once a minute', async () => {
    await park('a');
    const next = async (): Promise<unknown> => handler(rig.event([rig.commit('product/a', Created({ price: 1 }))]));
    await next();
    expect(told()).toEqual([1]);
    time += 60_000;
    await next();
    await next();
    await handler(rig.event([rig.commit('product/b', Created({ price: 1 }))]));
    expect(told()).toEqual([1, 1]);
  });

  it('is back to 0 in a minute of its own, however fast the last streams go on', async () => {
    await park('a', 'b', 'c');
    mended = true;
    for (const id of ['a', 'b', 'c']) await handler.retry(`product/${id}`);
    expect(told()).toEqual([3, 2, 1, 0]);
    expect(byMinute()).toEqual([3, 0]);
    mended = false;
    await park('d');
    expect(byMinute()).toEqual([3, 1]);
    mended = true;
    await handler.retry('product/d');
    expect(byMinute()).toEqual([3, 1, 0]);
  });

  it('is 0 also after a hundred and more were retried within a minute', { timeout: 60_000 }, async () => {
    const ids = Array.from({ length: 101 }, (_, n) => `${n}`);
    await park(...ids);
    mended = true;
    for (const id of ids) await handler.retry(`product/${id}`);
    expect(byMinute()).toEqual([101, 0]);
  });

  it('takes one request of a batch, also where the directory is full', async () => {
    await park('a');
    await parkUnnamed('b');
    rig.sent.length = 0;
    rig.log.length = 0;
    await park('c');
    expect(told()).toEqual([3]);
    expect(rig.sent.map(({ command }) => command)).not.toContain('Scan');
  });

  it('is 0 where the directory was full and all that it could not name go on', async () => {
    await parkUnnamed('a');
    mended = true;
    await handler.retry('product/a');
    expect(told().at(-1)).toBe(0);
  });

  it('is at least 1 where the marks cannot be read', async () => {
    rig.fault = (command, input) => {
      if (command === 'GetItem' && JSON.stringify(input).includes('_parked#"')) throttled();
    };
    await park('a');
    expect(told()).toEqual([1]);
  });

  it('follows readers to another generation', async () => {
    const clock = new MovedClock();
    handler = projection(product, handlers, rig.options({ now: clock.now, sleep: clock.sleep }));
    await park('a');
    mended = true;
    const input = { settle: 1, keep: 60, segments: 1 };
    await runMachine(handler, { clock, id: 'a', input, until: 'drop' });
    expect(told()).toEqual([1, 0]);
  });
});

describe('the record of the generations', () => {
  it('is read once in 2 s, and written once', async () => {
    let time = Date.parse('2026-01-01T00:00:00Z');
    const counted = projection(
      product,
      { Created: ({ data }) => put(data) },
      rig.options({ now: () => new Date(time) }),
    );
    for (const id of ['a', 'b', 'c']) await counted(rig.event([rig.commit(`product/${id}`, Created({ price: 1 }))]));
    expect(rig.records.map(({ command, read, write }) => [command, read, write])).toEqual([
      ['GetItem', 1, 0],
      ['PutItem', 0, 1],
    ]);
    time += 2000;
    await counted(rig.event([rig.commit('product/d', Created({ price: 1 }))]));
    expect(rig.records.slice(2).map(({ command }) => command)).toEqual(['GetItem']);
  });
});
