import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  projection,
  put,
  set,
  stream,
  v1,
  type ParkedMark,
  type ProjectionHandler,
} from '../../../lambdas/cqrs/index.js';
import { MovedClock, runMachine, type MachineOptions } from './rebuild-machine.js';
import { ViewRig } from './view-rig.js';

const product = stream('product', {
  Created: v1(z.object({ price: z.int() })),
  Priced: v1(z.object({ price: z.int() })),
});
const { Created, Priced } = product.events;

let rig: ViewRig;
let clock: MovedClock;
/** The prices that the handler cannot apply now. */
let refused: number[];
let handler: ProjectionHandler;

beforeEach(async () => {
  rig = await ViewRig.start({ kind: 'entity', stream: 'product' });
  clock = new MovedClock();
  refused = [];
  const take = (price: number): { price: number } => {
    if (refused.includes(price)) throw new Error('refused');
    return { price };
  };
  const { now, sleep } = clock;
  handler = projection(
    product,
    { Created: ({ data }) => put(take(data.price)), Priced: ({ data }) => set(take(data.price)) },
    rig.options({ now, sleep }),
  );
});

const machine = (id: string, more: Partial<MachineOptions> = {}) =>
  runMachine(handler, { clock, id, ...more, input: { settle: 3, keep: 60, segments: 2, ...more.input } });

/** Three commits of each, with these prices; the last receive of what cannot be applied. */
async function stock(id: string, ...prices: number[]): Promise<void> {
  const commits = prices.map((price, n) =>
    rig.commit(`product/${id}`, n === 0 ? Created({ price }) : Priced({ price })),
  );
  await handler(rig.event(commits, 3));
}

async function parked(): Promise<ParkedMark[]> {
  const marks: ParkedMark[] = [];
  let cursor: string | undefined;
  do {
    const page = await handler({ dbpatterns: 'parked', ...(cursor === undefined ? {} : { cursor }) });
    marks.push(...page.marks);
    ({ cursor } = page);
  } while (cursor !== undefined);
  return marks;
}

/** A rebuild has failed at what the new generation cannot take; `both` stands still in the live one as well. */
async function failed(): Promise<void> {
  refused = [7];
  await stock('both', 1, 2, 7);
  await stock('new', 1, 13, 14, 15, 16, 17);
  refused = [7, 13];
  expect((await machine('a')).at(-1)).toBe('failed');
  await clock.sleep(3000);
}

describe('what is parked while a new generation is built', () => {
  it('is listed in each generation in which it stands still, the live one first', async () => {
    await failed();
    const marks = (await parked()).map(({ generation, live, stream: name, version }) => [
      generation,
      live,
      name,
      version,
    ]);
    expect(marks).toEqual([
      [1, true, 'product/both', 3],
      [2, false, 'product/both', 3],
      [2, false, 'product/new', 2],
    ]);
  });

  it('is shown with its commit, also where readers do not see it', async () => {
    await failed();
    const { marks } = await handler({ dbpatterns: 'show', stream: 'product/new' });
    expect(marks).toMatchObject([{ generation: 2, live: false, version: 2, commit: { version: 2 } }]);
    expect((await handler({ dbpatterns: 'show', stream: 'product/both' })).marks).toHaveLength(2);
  });

  it('is passed by discard in the generation that cannot take it, and nowhere else', async () => {
    await failed();
    const { generations } = await handler({ dbpatterns: 'discard', stream: 'product/new' });
    expect(generations).toMatchObject([
      { generation: 1, live: true, state: 'following', applied: 6 },
      { generation: 2, live: false, state: 'following' },
    ]);
    expect(await parked()).toMatchObject([{ stream: 'product/both' }, { stream: 'product/both' }]);
    expect((await machine('b', { input: { resume: true } })).at(-1)).toBe('done');
    expect((await rig.items())['_g2#new']).toMatchObject({ price: 17, _version: 6 });
  });

  it('is retried in all of them', async () => {
    await failed();
    const still = await handler({ dbpatterns: 'retry', stream: 'product/both' });
    expect(still.generations.map(({ state }) => state)).toEqual(['parked', 'parked']);
    refused = [];
    const { generations } = await handler({ dbpatterns: 'retry', stream: 'product/both' });
    expect(generations.map(({ state, applied }) => [state, applied])).toEqual([
      ['following', 3],
      ['following', 3],
    ]);
  });

  it('does not keep the live one from being retried while the new one is away', async () => {
    await failed();
    refused = [];
    rig.fault = (command, input) => {
      if (command !== 'UpdateItem' || !JSON.stringify(input).includes('_g2#')) return;
      throw Object.assign(new Error('throttled'), { name: 'ThrottlingException', $metadata: {} });
    };
    const { generations } = await handler({ dbpatterns: 'retry', stream: 'product/both' });
    expect(generations).toMatchObject([
      { generation: 1, state: 'following', applied: 3 },
      { generation: 2, state: 'failed', cause: 'throttled' },
    ]);
    rig.fault = () => undefined;
    expect((await machine('b', { input: { resume: true } })).at(-1)).toBe('done');
    expect(await parked()).toEqual([]);
  });
});

describe('what is parked while readers are about to move', () => {
  it('stays so in the live generation as long as the new one cannot take it', async () => {
    refused = [7];
    await stock('both', 1, 2, 7);
    await machine('a', { until: 'swap' });
    await clock.sleep(3000);
    const { generations } = await handler({ dbpatterns: 'retry', stream: 'product/both' });
    expect(generations).toMatchObject([
      { generation: 1, live: true, state: 'parked', applied: 2 },
      { generation: 2, live: false, state: 'parked', applied: 2 },
    ]);
  });
});

describe('a generation that is being filled', () => {
  it('takes what follows at once, and asks history for nothing', async () => {
    await stock('a', 1, 2);
    await machine('a', { until: 'fill' });
    await clock.sleep(3000);
    rig.asked.length = 0;
    const [next, other] = [
      rig.commit('product/a', Priced({ price: 3 })),
      rig.commit('product/b', Created({ price: 4 })),
    ];
    expect(await handler(rig.event([next, other]))).toEqual({ batchItemFailures: [] });
    expect(rig.asked).toEqual([]);
    expect(rig.log.at(-1)).toMatchObject({ message: 'left to the rebuild', stream: 'product/a', generation: 2 });
    const items = await rig.items();
    expect([items['a'], items['b'], items['_g2#b']]).toMatchObject([{ price: 3 }, { price: 4 }, { price: 4 }]);
    expect(items['_g2#a']).toBeUndefined();
    expect((await machine('b', { input: { resume: true } })).at(-1)).toBe('done');
    expect((await rig.items())['_g2#a']).toMatchObject({ price: 3, _version: 3 });
  });
});

describe('a suspect, while readers are about to move', () => {
  it('waits with its stream where only the generation that they move to cannot take it', async () => {
    await stock('1', 1, 2);
    await machine('a', { until: 'swap' });
    await clock.sleep(3000);
    const commit = rig.commit('product/1', Priced({ price: 13 }));
    refused = [13];
    rig.fault = (_, input) => {
      // The live generation would take it.
      if (/"Key":\{"id":"1"/.test(JSON.stringify(input))) refused = [];
    };
    await handler(rig.event([commit], 7));
    expect((await rig.items())['1']).toMatchObject({ price: 2, _version: 2 });
    expect(await rig.waiting(rig.queueUrl)).toBe(1);
    expect(rig.log.map(({ message }) => message)).toContain('waits for readers to move');
    expect(await machine('b', { input: { rollback: true } })).toEqual(['drop', 'done']);
    await rig.pump(handler);
    expect((await rig.items())['1']).toMatchObject({ price: 13, _version: 3 });
  });
});
