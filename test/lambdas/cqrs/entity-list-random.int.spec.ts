import { afterEach, beforeAll, describe, expect, it } from 'vitest';
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
  type PageOptions,
  type ProjectionHandler,
} from '../../../lambdas/cqrs/index.js';
import { DelayedIndex } from './delayed-index.js';

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

const INDEXES = ['by-category', 'by-name', 'in-category'];
const PRODUCTS = 7;
const CHANGES = 10;

let index: DelayedIndex;
let handler: ProjectionHandler;
let view: EntityView<Listed>;

beforeAll(async () => {
  const indexes = [
    { name: 'by-category', partitionKey: 'category', sortKey: 'price' },
    { name: 'by-name', partitionKey: 'category', sortKey: 'id' },
    { name: 'in-category', partitionKey: 'category' },
  ];
  index = await DelayedIndex.start({ kind: 'entity', stream: 'product', indexes });
  handler = projection(
    product,
    { Created: ({ data }) => put(data), Changed: ({ data }) => set(data), Retired: () => remove() },
    index.rig.options(),
  );
  view = entityView<Listed>(product, { table: index.table, waitLimit: 0 });
});
afterEach(() => {
  index.overlayCutOut = false;
});

/** The same numbers for the same seed. */
function dice(seed: number) {
  let state = seed;
  const below = (end: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * end);
  };
  return {
    below,
    chance: (percent: number) => below(100) < percent,
    pick: <T>(list: readonly T[]): T => list[below(list.length)]!,
  };
}

/**
 * Lets some products change while the index lags behind by any number of changes, differently for each; then reads a list
 * page by page, the index catching up with some in between.
 *
 * @returns what the pages show that they should not, or do not show that they should
 */
async function faults(seed: number, runs: string): Promise<string[]> {
  const { below, chance, pick } = dice(seed);
  const here = `${runs}-${seed}`;
  const categories = [`${here}-lamps`, `${here}-vases`];
  const products = new Map<string, Listed>();
  const ids = Array.from({ length: PRODUCTS }, (_, n) => `${here}-${n}`);
  const happen = async (id: string, mark: number): Promise<void> => {
    const known = products.get(id);
    const fields = { category: pick(categories), price: below(3), mark };
    const event = known === undefined ? Created(fields) : chance(15) ? Retired({}) : Changed(fields);
    if (event.type === 'Retired') products.delete(id);
    else products.set(id, { id, ...fields });
    await handler(index.rig.event([index.rig.commit(`product/${id}`, event)]));
    if (chance(50)) await index.catchUp(pick(ids));
  };
  for (const [mark, id] of ids.entries()) await happen(id, mark);
  for (let mark = PRODUCTS; mark < PRODUCTS + CHANGES; mark += 1) await happen(pick(ids), mark);

  const wanted = ids.filter(() => chance(70));
  const versionOf = (id: string): number =>
    index.rig.commits.filter(({ subject }) => subject === `product/${id}`).length;
  const after = Token.of(Object.fromEntries(wanted.map((id) => [`product/${id}`, versionOf(id)])));
  const name = pick(INDEXES);
  const range = name === 'by-category' && chance(50) ? { from: below(2), to: 1 + below(2) } : {};
  const options: PageOptions = { limit: 1 + below(4), descending: chance(50), ...range };
  const [category = ''] = categories;
  const shown: Listed[] = [];
  const wrong: string[] = [];
  for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
    const page = await view.list(name, category, { ...options, cursor, after: first ? after : undefined });
    const prices = page.items.map(({ price }) => (options.descending === true ? -price : price));
    if (name === 'by-category' && prices.some((price, n) => price < (prices[n - 1] ?? price))) wrong.push('unsorted');
    shown.push(...page.items);
    ({ cursor } = page);
    if (chance(40)) await index.catchUp(pick(ids));
  }
  for (const id of wanted) {
    const newest = products.get(id);
    const { from = 0, to = 9 } = range;
    const belongs = newest?.category === category && newest.price >= from && newest.price <= to;
    const states = shown.filter((item) => item.id === id);
    if (JSON.stringify(states.map(({ mark }) => mark)) !== JSON.stringify(belongs ? [newest.mark] : [])) {
      wrong.push(
        `${id} in ${name}: ${JSON.stringify(states)} instead of ${belongs ? JSON.stringify(newest) : 'nothing'}`,
      );
    }
  }
  return wrong;
}

const SEEDS = Array.from({ length: 24 }, (_, seed) => seed + 1);

describe('paging through a list with a token, whatever the delay of its index', () => {
  it('shows the newest state of each of its entities once, or nothing of those that do not belong', async () => {
    for (const seed of SEEDS) expect(await faults(seed, 'with'), `seed ${seed}`).toEqual([]);
  });

  it('does not, where what the table holds is not laid over the index', async () => {
    index.overlayCutOut = true;
    const found: string[] = [];
    for (const seed of SEEDS.slice(0, 6)) found.push(...(await faults(seed, 'without')));
    expect(found.length).toBeGreaterThan(0);
  });
});
