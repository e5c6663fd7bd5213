import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  entityView,
  projection,
  put,
  remove,
  set,
  stream,
  Token,
  v1,
  ViewBehind,
} from '../../../lambdas/cqrs/index.js';
import { requests, ViewRig } from './view-rig.js';

const product = stream('product', {
  Created: v1(z.object({ category: z.string(), price: z.int() })),
  Priced: v1(z.object({ price: z.int() })),
  Retired: v1(z.object({})),
});
const { Created, Priced, Retired } = product.events;

interface Listed {
  readonly id: string;
  readonly category: string;
  readonly price: number;
}

let rig: ViewRig;
let handler: ReturnType<typeof projection>;
let id = 0;

beforeAll(async () => {
  const indexes = [{ name: 'by-category', partitionKey: 'category', sortKey: 'price' }];
  rig = await ViewRig.start({ kind: 'entity', stream: 'product', indexes });
  handler = projection(
    product,
    { Created: ({ data }) => put(data), Priced: ({ data }) => set(data), Retired: () => remove() },
    rig.options(),
  );
});

/** A product that its view holds. */
async function listed(category: string, price: number): Promise<string> {
  const name = String((id += 1));
  await handler(rig.event([rig.commit(`product/${name}`, Created({ category, price }))]));
  rig.sent.length = 0;
  return name;
}

/** A virtual clock: sleeping moves it. */
function virtual() {
  let time = 0;
  const pauses: number[] = [];
  return {
    pauses,
    now: () => new Date(time),
    sleep: async (milliseconds: number) => {
      pauses.push(milliseconds);
      time += milliseconds;
    },
  };
}

const tokenOf = (streams: Record<string, number>) => Token.of(streams);

describe('reading one entity', () => {
  it('takes one read, strongly consistent with a token and half the price without', async () => {
    const view = entityView<Listed>(product, { table: rig.table });
    const name = await listed('lamps', 5);
    expect(await view.get(name)).toEqual({ id: name, category: 'lamps', price: 5 });
    expect(requests(rig.sent)).toEqual({ commands: ['GetItem'], write: 0, read: 0.5 });
    rig.sent.length = 0;
    expect(await view.get(name, { after: tokenOf({ [`product/${name}`]: 1 }) })).toMatchObject({ price: 5 });
    expect(requests(rig.sent)).toEqual({ commands: ['GetItem'], write: 0, read: 1 });
  });

  it('waits for what the token asks for', async () => {
    const name = await listed('lamps', 5);
    const clock = virtual();
    const view = entityView<Listed>('product', {
      table: rig.table,
      now: clock.now,
      sleep: async (milliseconds) => {
        await clock.sleep(milliseconds);
        if (clock.pauses.length === 2) await handler(rig.event([rig.commit(`product/${name}`, Priced({ price: 6 }))]));
      },
    });
    expect(await view.get(name, { after: tokenOf({ [`product/${name}`]: 2 }) })).toMatchObject({ price: 6 });
    expect(clock.pauses).toEqual([10, 20]);
  });

  it('says how far the view is when it does not come in time', async () => {
    const name = await listed('lamps', 5);
    const clock = virtual();
    const view = entityView<Listed>(product, { table: rig.table, waitLimit: 100, now: clock.now, sleep: clock.sleep });
    const behind = await view
      .get(name, { after: tokenOf({ [`product/${name}`]: 4 }) })
      .catch((error: unknown) => error);
    expect(behind).toBeInstanceOf(ViewBehind);
    expect((behind as ViewBehind).document()).toMatchObject({
      type: 'urn:dbpatterns:problem:view-behind',
      status: 409,
      stream: `product/${name}`,
      wanted: 4,
      applied: 1,
    });
    expect(clock.pauses).toEqual([10, 20, 40, 30]);
    const missing = await view
      .get('missing', { after: tokenOf({ 'product/missing': 1 }) })
      .catch((error: unknown) => error);
    expect(missing).toMatchObject({ wanted: 1, applied: 0 });
  });

  it('ignores what a token says about other streams and other entities', async () => {
    const name = await listed('lamps', 5);
    const view = entityView<Listed>(product, { table: rig.table });
    const after = tokenOf({ [`review/${name}`]: 9, 'product/other': 9 });
    expect(await view.get(name, { after })).toMatchObject({ price: 5 });
    expect(requests(rig.sent)).toMatchObject({ read: 0.5 });
  });

  it('shows neither removed entities, nor missing ones, nor what the kit keeps beside them', async () => {
    const view = entityView<Listed>(product, { table: rig.table });
    const name = await listed('lamps', 5);
    await handler(rig.event([rig.commit(`product/${name}`, Retired({}))]));
    expect(await view.get(name, { after: tokenOf({ [`product/${name}`]: 2 }) })).toBeUndefined();
    expect(await view.get('missing')).toBeUndefined();
    expect(await view.get('')).toBeUndefined();
    expect(await view.get('_parked#product/1')).toBeUndefined();
  });
});

describe('listing entities', () => {
  it('reads pages in the order of the sort key, in a range, from both ends', async () => {
    const view = entityView<Listed>(product, { table: rig.table });
    for (const price of [3, 1, 4, 2, 5]) await listed('clocks', price);
    const gone = await listed('clocks', 9);
    await handler(rig.event([rig.commit(`product/${gone}`, Retired({}))]));
    rig.sent.length = 0;
    const prices = async (options: Parameters<typeof view.list>[2]) =>
      (await view.list('by-category', 'clocks', options)).items.map(({ price }) => price);
    expect(await prices({})).toEqual([1, 2, 3, 4, 5]);
    expect(requests(rig.sent).commands).toEqual(['Query']);
    expect(await prices({ descending: true, limit: 2 })).toEqual([5, 4]);
    expect(await prices({ from: 2, to: 4 })).toEqual([2, 3, 4]);
    expect(await prices({ from: 4 })).toEqual([4, 5]);
    expect(await prices({ to: 2 })).toEqual([1, 2]);
    const first = await view.list('by-category', 'clocks', { limit: 2 });
    const second = await view.list('by-category', 'clocks', { limit: 2, cursor: first.cursor });
    const third = await view.list('by-category', 'clocks', { limit: 2, cursor: second.cursor });
    expect([...first.items, ...second.items, ...third.items].map(({ price }) => price)).toEqual([1, 2, 3, 4, 5]);
    expect(third.cursor).toBeUndefined();
    expect(Object.keys(first.items[0] ?? {}).sort()).toEqual(['category', 'id', 'price']);
  });

  it('refuses what it cannot do, and says what it can', async () => {
    const view = entityView<Listed>(product, { table: rig.table });
    await listed('vases', 1);
    await listed('vases', 2);
    const { cursor } = await view.list('by-category', 'vases', { limit: 1 });
    const code = async (read: Promise<unknown>): Promise<unknown> =>
      read.then(
        () => 'nothing',
        (error: unknown) => (error as { code?: string }).code,
      );
    expect(await code(view.list('by-category', 'clocks', { cursor }))).toBe('invalid-cursor');
    expect(await code(view.list('by-category', 'vases', { cursor: 'garbage' }))).toBe('invalid-cursor');
    expect(await code(view.list('by-category', 'vases', { limit: 0 }))).toBe('invalid-limit');
    expect(await code(view.list('by-category', 'vases', { from: Number.NaN }))).toBe('invalid-range');
    expect(await code(view.list('by-category', 'vases', { from: 2, to: 1 }))).toBe('invalid-range');
    expect(await code(view.list('by-colour', 'red'))).toBe('unknown-index');
    await expect(view.list('by-colour', 'red')).rejects.toThrow("no index 'by-colour': it has by-category");
  });
});

describe('a commit in a view with an index', () => {
  it('costs one unit and one for the index, or two where its key moves', async () => {
    const name = String((id += 1));
    const cost = async (...events: Parameters<typeof rig.commit> extends [string, ...infer E] ? E : never) => {
      rig.sent.length = 0;
      await handler(rig.event([rig.commit(`product/${name}`, ...events)]));
      return requests(rig.sent);
    };
    expect(await cost(Created({ category: 'costs', price: 1 }))).toEqual({ commands: ['PutItem'], write: 2, read: 0 });
    expect(await cost(Priced({ price: 1 }))).toEqual({ commands: ['UpdateItem'], write: 2, read: 0 });
    expect(await cost(Priced({ price: 2 }))).toEqual({ commands: ['UpdateItem'], write: 3, read: 0 });
    expect(await cost(Retired({}))).toEqual({ commands: ['PutItem'], write: 2, read: 0 });
  });
});
