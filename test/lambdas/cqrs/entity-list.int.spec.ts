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
  type EntityView,
  type IndexedTable,
  type ProjectionHandler,
} from '../../../lambdas/cqrs/index.js';
import { DelayedIndex } from './delayed-index.js';
import { requests } from './view-rig.js';

const product = stream('product', {
  Created: v1(z.object({ category: z.string(), price: z.int(), mark: z.int() })),
  Changed: v1(z.object({ category: z.string().optional(), price: z.int().optional(), mark: z.int() })),
  Retired: v1(z.object({})),
});
const { Changed, Created, Retired } = product.events;

interface Listed {
  readonly id: string;
  readonly category: string;
  readonly price: number;
  /** Tells one state of a product from another. */
  readonly mark: number;
}

const indexes: IndexedTable['indexes'] = [
  { name: 'by-category', partitionKey: 'category', sortKey: 'price' },
  { name: 'by-name', partitionKey: 'category', sortKey: 'id' },
  { name: 'in-category', partitionKey: 'category' },
];

let index: DelayedIndex;
let handler: ProjectionHandler;
let view: EntityView<Listed>;
let count = 0;

beforeAll(async () => {
  index = await DelayedIndex.start({ kind: 'entity', stream: 'product', indexes });
  handler = projection(
    product,
    { Created: ({ data }) => put(data), Changed: ({ data }) => set(data), Retired: () => remove() },
    index.rig.options(),
  );
  view = entityView<Listed>(product, { table: index.table, waitLimit: 0 });
  await view.get('warm');
});

type Event = Parameters<DelayedIndex['rig']['commit']>[1];

/** A commit that the view has taken, and perhaps not yet its indexes. */
async function happened(id: string, event: Event): Promise<void> {
  await handler(index.rig.event([index.rig.commit(`product/${id}`, event)]));
  index.rig.sent.length = 0;
}

/** A product that the indexes show. */
async function shown(category: string, price: number, id = String((count += 1))): Promise<string> {
  await happened(id, Created({ category, price, mark: 0 }));
  await index.catchUp(id);
  return id;
}

const category = (): string => `category-${(count += 1)}`;

/** A token for all that has happened to these products. */
const seen = (...ids: readonly string[]): Token =>
  Token.of(
    Object.fromEntries(
      ids.map((id) => [`product/${id}`, index.rig.commits.filter(({ subject }) => subject === `product/${id}`).length]),
    ),
  );

type Options = Parameters<EntityView<Listed>['list']>[2];

const ids = async (key: string, options: Options, name = 'by-category'): Promise<string[]> =>
  (await view.list(name, key, options)).items.map(({ id }) => id);

/** All pages, the token given with the first one only. */
async function pages(key: string, options: Options, name = 'by-category'): Promise<string[][]> {
  const all: string[][] = [];
  let page = await view.list(name, key, options);
  for (;;) {
    all.push(page.items.map(({ id }) => id));
    if (page.cursor === undefined) return all;
    page = await view.list(name, key, { ...options, after: undefined, cursor: page.cursor });
  }
}

describe('a list with a token, over an index that is late', () => {
  it('leaves out what was deleted', async () => {
    const lamps = category();
    const [a, b] = [await shown(lamps, 1), await shown(lamps, 2)];
    await happened(a, Retired({}));
    expect(await ids(lamps, {})).toEqual([a, b]);
    expect(await ids(lamps, { after: seen(a) })).toEqual([b]);
  });

  it('shows what was moved in, in its place, and not what was moved out', async () => {
    const [lamps, vases] = [category(), category()];
    const [a, b, c] = [await shown(lamps, 1), await shown(vases, 2), await shown(lamps, 3)];
    await happened(b, Changed({ category: lamps, mark: 1 }));
    await happened(c, Changed({ category: vases, mark: 1 }));
    const after = seen(b, c);
    expect(await ids(lamps, {})).toEqual([a, c]);
    expect(await ids(lamps, { after })).toEqual([a, b]);
    expect(await ids(lamps, { after, descending: true })).toEqual([b, a]);
    expect(await ids(vases, { after })).toEqual([c]);
  });

  it('shows what the index has not heard of at all, also where it knows nothing', async () => {
    const lamps = category();
    const fresh = String((count += 1));
    await happened(fresh, Created({ category: lamps, price: 5, mark: 0 }));
    expect(await pages(lamps, { after: seen(fresh) })).toEqual([[fresh]]);
    expect(await pages(lamps, { after: seen(fresh) }, 'in-category')).toEqual([[fresh]]);
    expect(await ids(lamps, { after: seen(fresh), from: 5, to: 5 })).toEqual([fresh]);
    expect(await ids(lamps, { after: seen(fresh), from: 6 })).toEqual([]);
    expect(await ids(lamps, { after: seen(fresh), to: 4 })).toEqual([]);
  });

  it('shows the newest state of what stayed where it was', async () => {
    const lamps = category();
    const a = await shown(lamps, 1);
    await happened(a, Changed({ mark: 7 }));
    const { items } = await view.list('by-category', lamps, { after: seen(a) });
    expect(items).toEqual([{ id: a, category: lamps, price: 1, mark: 7 }]);
  });

  it('places what moved within the list in the page whose range covers it, once', async () => {
    const lamps = category();
    const [a, b, c, d] = [await shown(lamps, 1), await shown(lamps, 2), await shown(lamps, 3), await shown(lamps, 4)];
    await happened(a, Changed({ price: 9, mark: 1 }));
    expect(await pages(lamps, { limit: 2, after: seen(a) })).toEqual([[b], [c, d], [a]]);
    expect(await pages(lamps, { limit: 2, after: seen(a), descending: true })).toEqual([[a, d, c], [b], []]);
    await happened(d, Changed({ price: 0, mark: 1 }));
    expect(await pages(lamps, { limit: 3, after: seen(a, d) })).toEqual([[d, b, c], [a]]);
  });

  it('goes on at the sort key where the page before ended, and shows none of its equals twice', async () => {
    const lamps = category();
    const late = [await shown(lamps, 1), await shown(lamps, 1), await shown(lamps, 1)];
    const equals = [
      ...late,
      await shown(lamps, 5),
      await shown(lamps, 5),
      await shown(lamps, 5),
      await shown(lamps, 5),
    ];
    for (const id of late) await happened(id, Changed({ price: 5, mark: 1 }));
    for (const limit of [1, 2, 3, 4, 5, 6, 7]) {
      for (const descending of [false, true]) {
        const all = (await pages(lamps, { limit, descending, after: seen(...late) })).flat();
        expect(all.toSorted(), `limit ${limit}`).toEqual(equals.toSorted());
      }
    }
  });

  it('keeps the index where it is newer than what was read of the table', async () => {
    const lamps = category();
    const [a, b] = [await shown(lamps, 1), await shown(lamps, 2)];
    await index.show({ id: a, category: lamps, price: 3, mark: 8, _version: 9 });
    const { items } = await view.list('by-category', lamps, { after: seen(a, b) });
    expect(items).toMatchObject([{ id: b }, { id: a, price: 3, mark: 8 }]);
  });

  it('orders numbers by value, texts by their bytes, and has no order without a sort key', async () => {
    const lamps = category();
    const [ten, nine] = [await shown(lamps, 1), await shown(lamps, 2)];
    await happened(ten, Changed({ price: 10, mark: 1 }));
    await happened(nine, Changed({ price: 9, mark: 1 }));
    expect(await ids(lamps, { after: seen(ten, nine) })).toEqual([nine, ten]);
    const names = ['b\u{1F600}', 'b\uFFFD', 'a', 'ä'].map((name) => `${lamps}-${name}`);
    for (const name of names) await happened(name, Created({ category: lamps, price: 1, mark: 0 }));
    const inBytes = [names[2], names[1], names[0], names[3]];
    const texts = await ids(lamps, { after: seen(...names), from: `${lamps}-`, to: `${lamps}-ü` }, 'by-name');
    expect(texts).toEqual(inBytes);
    const loose = await pages(lamps, { limit: 1, after: seen(...names, ten, nine) }, 'in-category');
    expect(loose.flat().toSorted()).toEqual([...names, ten, nine].toSorted());
  });
});

describe('the cursor of a list', () => {
  it('keeps the token, takes a newer one, and asks for the higher version of each', async () => {
    const [lamps, vases] = [category(), category()];
    const [a, b, c] = [await shown(lamps, 1), await shown(lamps, 2), await shown(lamps, 3)];
    await happened(c, Changed({ price: 4, mark: 1 }));
    const first = await view.list('by-category', lamps, { limit: 1, after: seen(c) });
    expect(first.items).toMatchObject([{ id: a }]);
    await happened(b, Changed({ category: vases, mark: 1 }));
    await happened(c, Changed({ mark: 2 }));
    const next = { limit: 5, cursor: first.cursor };
    expect((await view.list('by-category', lamps, next)).items).toMatchObject([
      { id: b },
      { id: c, price: 4, mark: 2 },
    ]);
    const newer = await view.list('by-category', lamps, { ...next, after: seen(b, c) });
    expect(newer.items).toMatchObject([{ id: c, price: 4, mark: 2 }]);
    const ahead = Token.of({ [`product/${c}`]: 9 });
    await expect(view.list('by-category', lamps, { ...next, after: ahead })).rejects.toMatchObject({
      code: 'view-behind',
      wanted: 9,
      applied: 3,
    });
  });

  it('shows what came to the border between two pages, and what only a newer token speaks of', async () => {
    const lamps = category();
    const [, b, c, d] = [await shown(lamps, 1), await shown(lamps, 2), await shown(lamps, 3), await shown(lamps, 4)];
    const first = await view.list('by-category', lamps, { limit: 2, after: seen(c) });
    await happened(c, Changed({ price: 2, mark: 1 }));
    await happened(d, Changed({ price: 2, mark: 1 }));
    const next = { cursor: first.cursor, after: seen(c, d) };
    expect((await view.list('by-category', lamps, next)).items.map(({ id }) => id)).toEqual([c, d]);
    expect(first.items).toMatchObject([{ price: 1 }, { id: b }]);
  });

  it('is refused when it was tampered with, is of another list, or is past its time', async () => {
    const [lamps, vases] = [category(), category()];
    const [a, , late] = [await shown(lamps, 1), await shown(lamps, 2), await shown(lamps, 3)];
    const { cursor } = await view.list('by-category', lamps, { limit: 1, after: seen(a) });
    const body = JSON.parse(Buffer.from(cursor!, 'base64url').toString()) as { k: object; s: object; e: number };
    const forged = (change: object): string =>
      Buffer.from(JSON.stringify({ ...body, ...change })).toString('base64url');
    const many = Object.fromEntries(Array.from({ length: 91 }, (_, n) => [String(n), 1]));
    const changes = [
      { k: { ...body.k, category: vases } },
      { k: { ...body.k, more: 1 } },
      { k: { ...body.k, price: null } },
      { k: [] },
      { s: { [a]: 0 } },
      { s: { [a]: '1' } },
      { s: { [a]: 1.5 } },
      { s: [] },
      { s: {} },
      { s: many },
      { e: 'tomorrow' },
      { e: undefined },
      { s: undefined },
    ];
    const cursors = ['', 'garbage', 'A'.repeat(20_000), ...changes.map(forged)];
    for (const text of cursors) {
      await expect(view.list('by-category', lamps, { cursor: text }), text.slice(0, 80)).rejects.toMatchObject({
        code: 'invalid-cursor',
        status: 400,
      });
    }
    await expect(view.list('by-category', lamps, { cursor: forged({ e: 1 }) })).rejects.toMatchObject({
      code: 'token-expired',
      status: 400,
    });
    expect(await ids(lamps, { cursor: forged({ k: { ...body.k, price: 2.5 } }) })).toEqual([late]);
    const lots = Array.from({ length: 60 }, (_, n) => `x${n}`);
    const wide = (names: readonly string[]): Token =>
      Token.of(Object.fromEntries(names.map((n) => [`product/${n}`, 1])));
    const full = forged({ s: Object.fromEntries(lots.map((name) => [name, 1])) });
    const after = wide(Array.from({ length: 31 }, (_, n) => `y${n}`));
    await expect(view.list('by-category', lamps, { cursor: full, after })).rejects.toMatchObject({
      code: 'token-too-large',
      status: 400,
    });
  });
});

describe('what a list costs', () => {
  it('is one Query, and one BatchGet where the token speaks of this view', async () => {
    const lamps = category();
    const [a, b] = [await shown(lamps, 1), await shown(lamps, 2)];
    const cost = async (after?: Token) => {
      index.rig.sent.length = 0;
      await view.list('by-category', lamps, { after });
      return requests(index.rig.sent).commands;
    };
    expect(await cost()).toEqual(['Query']);
    expect(await cost(Token.of({ 'review/1': 9 }))).toEqual(['Query']);
    expect(await cost(seen(a, b))).toEqual(['Query', 'BatchGetItem']);
  });

  it('is one BatchGet more for each time it waits, of those that are behind', async () => {
    const lamps = category();
    const [a, b] = [await shown(lamps, 1), await shown(lamps, 2)];
    let time = 0;
    const waiting = entityView<Listed>('product', {
      table: index.table,
      now: () => new Date(time),
      sleep: async (milliseconds) => {
        time += milliseconds;
        if (time === 30) await happened(b, Changed({ price: 0, mark: 1 }));
      },
    });
    const after = Token.of({ [`product/${a}`]: 1, [`product/${b}`]: 2 }, { now: () => new Date(time) });
    index.rig.sent.length = 0;
    const { items } = await waiting.list('by-category', lamps, { after });
    expect(items.map(({ id }) => id)).toEqual([b, a]);
    const ahead = Token.of({ [`product/${b}`]: 3 }, { now: () => new Date(time) });
    index.rig.sent.length = 0;
    await expect(waiting.list('by-category', lamps, { after: ahead })).rejects.toMatchObject({
      code: 'view-behind',
      status: 409,
      stream: `product/${b}`,
      wanted: 3,
      applied: 2,
    });
    const keys = index.rig.sent
      .filter(({ command }) => command === 'BatchGetItem')
      .map(({ input }) => (input['RequestItems'] as Record<string, { Keys: object[] }>)[index.table.table]!.Keys);
    expect(new Set(keys.map((list) => JSON.stringify(list))).size).toBe(1);
  });
});
