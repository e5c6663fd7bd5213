import { beforeAll, describe, expect, it } from 'vitest';
import {
  add,
  aggregate,
  aggregateView,
  contribute,
  Token,
  withdraw,
  type AggregateView,
  type ProjectionHandler,
} from '../../../lambdas/cqrs/index.js';
import { Corrected, FIRST, handlers, Registered, sale, Voided, Wide } from './aggregate.contract.js';
import { requests, ViewRig } from './view-rig.js';

interface Total {
  readonly day: string;
  readonly country: string;
  readonly sales: number;
}

let rig: ViewRig;
let handler: ProjectionHandler;
let view: AggregateView<Total>;
let count = 0;

beforeAll(async () => {
  rig = await ViewRig.start({ kind: 'aggregate', stream: 'sale', partitionKey: 'day', sortKey: 'country' });
  handler = aggregate(sale, handlers, rig.options());
  view = aggregateView<Total>(sale, { table: rig.table, waitLimit: 0 });
  await view.get({ day: 'warm', country: 'up' });
});

const day = (): string => `day-${(count += 1)}`;
const id = (): string => String((count += 1));
const sold = (sale: string, on: string, country = 'UK') =>
  rig.commit(`sale/${sale}`, Registered({ day: on, country, units: 1 }));
const tokenOf = (versions: Record<string, number>): Token =>
  Token.of(Object.fromEntries(Object.entries(versions).map(([sale, version]) => [`sale/${sale}`, version])));

const apply = async (...commits: Parameters<typeof rig.event>[0]): Promise<void> => {
  await handler(rig.event(commits));
  rig.sent.length = 0;
};

/** The view with a Query that answers from before the last commits: it hides, or shows, what they have changed. */
function late(before: () => Promise<void>): void {
  rig.fault = async (command) => {
    if (command !== 'TransactGetItems') return;
    rig.fault = () => undefined;
    await before();
  };
}

describe('a total read with a token', () => {
  it('is read with what the entities of the token have contributed, in one transaction', async () => {
    const [on, a, b] = [day(), id(), id()];
    await apply(sold(a, on), sold(b, on));
    expect(await view.get({ day: on, country: 'UK' }, { after: tokenOf({ [a]: 1, [b]: 1 }) })).toMatchObject({
      sales: 2,
    });
    expect(requests(rig.sent).commands).toEqual(['TransactGetItems']);
    expect((rig.sent[0]!.input['TransactItems'] as unknown[]).length).toBe(3);
    rig.sent.length = 0;
    expect(await view.get({ day: on, country: 'UK' }, { after: Token.of({ 'product/1': 5 }) })).toMatchObject({
      sales: 2,
    });
    expect(requests(rig.sent).commands).toEqual(['GetItem']);
  });

  it('waits for the view, one transaction a time, and says how far it is', async () => {
    const [on, a] = [day(), id()];
    await apply(sold(a, on));
    let time = 0;
    const pauses: number[] = [];
    const waiting = aggregateView<Total>('sale', {
      table: rig.table,
      waitLimit: 100,
      now: () => new Date(time),
      sleep: async (milliseconds) => {
        pauses.push(milliseconds);
        time += milliseconds;
        if (pauses.length === 2) await apply(rig.commit(`sale/${a}`, Registered({ day: on, country: 'UK', units: 4 })));
      },
    });
    const now = (): Date => new Date(time);
    const after = Token.of({ [`sale/${a}`]: 2 }, { now });
    expect(await waiting.get({ day: on, country: 'UK' }, { after })).toMatchObject({ units: 4 });
    expect(pauses).toEqual([10, 20]);
    expect(requests(rig.sent).commands).toEqual(['TransactGetItems']);
    const ahead = Token.of({ [`sale/${a}`]: 7 }, { now });
    await expect(waiting.get({ day: on, country: 'UK' }, { after: ahead })).rejects.toMatchObject({
      code: 'view-behind',
      status: 409,
      stream: `sale/${a}`,
      wanted: 7,
      applied: 2,
    });
  });

  it('tries again while others write it, and answers 503 when they never let it', async () => {
    const [on, a] = [day(), id()];
    await apply(sold(a, on));
    const conflict = Object.assign(new Error('cancelled'), {
      name: 'TransactionCanceledException',
      CancellationReasons: [{ Code: 'None' }, { Code: 'TransactionConflict' }],
      $metadata: {},
    });
    let left = 3;
    rig.fault = (command) => {
      if (command === 'TransactGetItems' && (left -= 1) >= 0) throw conflict;
    };
    let time = 0;
    const busy = aggregateView<Total>(sale, {
      table: rig.table,
      now: () => new Date(time),
      random: () => 0.5,
      sleep: async (milliseconds) => void (time += milliseconds),
    });
    const after = Token.of({ [`sale/${a}`]: 1 }, { now: () => new Date(time) });
    expect(await busy.get({ day: on, country: 'UK' }, { after })).toMatchObject({ sales: 1 });
    expect(time).toBe(10 + 20 + 40);
    left = 1000;
    await expect(busy.get({ day: on, country: 'UK' }, { after })).rejects.toMatchObject({
      code: 'store-unavailable',
      status: 503,
    });
    rig.fault = () => undefined;
  });
});

describe('a page of totals read with a token', () => {
  it('is one Query and one transaction', async () => {
    const [on, a] = [day(), id()];
    await apply(sold(a, on), sold(id(), on, 'France'));
    const { items } = await view.query(on, { after: tokenOf({ [a]: 1 }) });
    expect(items).toMatchObject([{ country: 'France' }, { country: 'UK' }]);
    expect(requests(rig.sent).commands).toEqual(['Query', 'TransactGetItems']);
    expect((rig.sent[1]!.input['TransactItems'] as unknown[]).length).toBe(3);
    rig.sent.length = 0;
    await view.query(on, { after: Token.of({ 'product/1': 1 }) });
    expect(requests(rig.sent).commands).toEqual(['Query']);
  });

  it('shows totals that the Query did not know yet, and those from which an entity moved away, as they are', async () => {
    const [on, a, b] = [day(), id(), id()];
    await apply(sold(a, on, 'Spain'), sold(b, on, 'Spain'));
    late(() => apply(rig.commit(`sale/${a}`, Corrected({ day: on, country: 'France', units: 1 }))));
    const { items } = await view.query(on, { after: tokenOf({ [a]: 1 }) });
    expect(items).toMatchObject([
      { country: 'France', sales: 1 },
      { country: 'Spain', sales: 1 },
    ]);
    late(() => apply(rig.commit(`sale/${a}`, Voided({}))));
    expect((await view.query(on, { after: tokenOf({ [a]: 2 }) })).items).toMatchObject([{ sales: 0 }, { sales: 1 }]);
  });

  it('shows a new total in the one page whose range covers it', async () => {
    const [on, a] = [day(), id()];
    for (const country of ['A', 'C', 'E', 'G']) await apply(sold(id(), on, country));
    await apply(sold(a, on, 'A'));
    const countries = async (options: Parameters<typeof view.query>[1]): Promise<string[][]> => {
      const pages: string[][] = [];
      let page = await view.query(on, { ...options, after: tokenOf({ [a]: 1 }) });
      for (;;) {
        pages.push(page.items.map(({ country }) => country));
        if (page.cursor === undefined) return pages;
        page = await view.query(on, { ...options, cursor: page.cursor });
      }
    };
    const move = (country: string) =>
      late(() => apply(rig.commit(`sale/${a}`, Corrected({ day: on, country, units: 1 }))));
    move('D');
    expect(await countries({ limit: 2 })).toEqual([['A', 'C'], ['D', 'E'], ['G']]);
    move('B');
    expect(await countries({ limit: 2 })).toEqual([['A', 'B', 'C'], ['D', 'E'], ['G']]);
    move('H');
    expect(await countries({ limit: 3, descending: true })).toEqual([['H', 'G', 'E', 'D'], ['C', 'B', 'A'], []]);
    move('F');
    expect(await countries({ from: 'B', to: 'E' })).toEqual([['B', 'C', 'D', 'E']]);
  });

  it('ends earlier where more totals are new than one transaction reads', async () => {
    const [on, a] = [day(), id()];
    const country = (n: number): string => `c${String(n).padStart(3, '0')}`;
    const spread = aggregate(
      sale,
      {
        ...handlers,
        Wide: ({ data }) =>
          Array.from({ length: data.totals }, (_, n) => contribute({ day: on, country: country(2 * n) }, { sales: 1 })),
        Noted: () => Array.from({ length: 45 }, (_, n) => add({ day: on, country: country(2 * n + 1) }, { sales: 1 })),
      },
      rig.options(),
    );
    await spread(rig.event([rig.commit(`sale/${a}`, Wide({ totals: 90 }))]));
    late(async () => void (await spread(rig.event([rig.commit(`sale/${a}`, sale.events.Noted({}))]))));
    const first = await view.query(on, { limit: 100, after: tokenOf({ [a]: 1 }) });
    expect(first.items).toHaveLength(99);
    const rest = await view.query(on, { limit: 100, cursor: first.cursor });
    expect(rest.cursor).toBeUndefined();
    const all = [...first.items, ...rest.items].map(({ country: name }) => name);
    expect(all).toHaveLength(135);
    expect(all).toEqual([...new Set(all)].sort());
  });

  it('keeps its token in the cursor, and takes a newer one', async () => {
    const [on, a] = [day(), id()];
    await apply(sold(a, on, 'A'), sold(id(), on, 'B'));
    const first = await view.query(on, { limit: 1, after: tokenOf({ [a]: 1 }) });
    rig.sent.length = 0;
    await view.query(on, { cursor: first.cursor });
    expect(requests(rig.sent).commands).toEqual(['Query', 'TransactGetItems']);
    await expect(view.query(on, { cursor: first.cursor, after: tokenOf({ [a]: 2 }) })).rejects.toMatchObject({
      code: 'view-behind',
      wanted: 2,
      applied: 1,
    });
    await expect(view.query(day(), { cursor: first.cursor })).rejects.toMatchObject({ code: 'invalid-cursor' });
  });

  it('needs no sort key', async () => {
    const flat = await ViewRig.start({ kind: 'aggregate', stream: 'sale', partitionKey: 'country' });
    const write = aggregate(
      sale,
      { Registered: ({ data }) => add({ country: data.country }, { sales: 1 }), Voided: () => withdraw() },
      flat.options(),
    );
    const byCountry = aggregateView<Total>(sale, { table: flat.table, waitLimit: 0 });
    await write(flat.event([flat.commit('sale/1', Registered({ day: FIRST, country: 'UK', units: 1 }))]));
    const { items, cursor } = await byCountry.query('UK', { limit: 1, after: tokenOf({ 1: 1 }) });
    expect(items).toEqual([{ country: 'UK', sales: 1 }]);
    expect((await byCountry.query('UK', { limit: 1, cursor })).items).toEqual(cursor === undefined ? items : []);
    expect((await byCountry.query('France', { after: tokenOf({ 1: 1 }) })).items).toEqual([]);
    expect(await byCountry.get({ country: 'UK' }, { after: tokenOf({ 1: 1 }) })).toMatchObject({ sales: 1 });
  });
});
