import { beforeEach, describe, expect, it } from 'vitest';
import { add, aggregate, aggregateView, type Envelope } from '../../../lambdas/cqrs/index.js';
import { FIRST, handlers, Noted, Registered, Returned, sale, SECOND, Wide } from './aggregate.contract.js';
import { requests, ViewRig } from './view-rig.js';

let rig: ViewRig;
beforeEach(async () => {
  rig = await ViewRig.start({ kind: 'aggregate', stream: 'sale', partitionKey: 'day', sortKey: 'country' });
});

const registered = (id: number | string, day: string, units = 1, country = 'UK'): Envelope =>
  rig.commit(`sale/${id}`, Registered({ day, country, units }));

/** The totals without what the kit keeps beside them. */
async function totals(of = rig): Promise<Record<string, unknown>> {
  const items = Object.entries(await of.items()).filter(([key]) => !key.startsWith('_'));
  return Object.fromEntries(items.map(([key, { day: _, country: __, _total: ___, ...measures }]) => [key, measures]));
}

describe('a batch in DynamoDB', () => {
  it('takes two units per item that moves, each total once for a batch, and no read for new streams', async () => {
    const handler = aggregate(sale, handlers, rig.options());
    await handler(rig.event([registered(1, FIRST)]));
    expect(requests(rig.sent)).toEqual({ commands: ['TransactWriteItems'], write: 4, read: 0 });
    rig.sent.length = 0;
    await handler(rig.event(Array.from({ length: 9 }, (_, n) => registered(`n${n}`, n < 5 ? FIRST : SECOND))));
    expect(requests(rig.sent)).toEqual({ commands: ['TransactWriteItems'], write: 2 * (9 + 2), read: 0 });
    rig.sent.length = 0;
    const later = [1, 'n0', 'n1'].map((id) =>
      rig.commit(`sale/${id}`, Returned({ day: FIRST, country: 'UK', units: 1 })),
    );
    await handler(rig.event([...later, rig.commit('sale/1', Noted({}))]));
    expect(requests(rig.sent)).toMatchObject({ commands: ['BatchGetItem', 'TransactWriteItems'], write: 8 });
    expect(await totals()).toMatchObject({ [`${FIRST}|UK`]: { sales: 6, units: 3, returns: 3 } });
  });

  it('splits a batch that moves more than a transaction holds, and parks a commit that does', async () => {
    const handler = aggregate(sale, handlers, rig.options());
    const fits = [1, 2].map((id) => rig.commit(`sale/${id}`, Wide({ totals: 99 })));
    const apart = Array.from({ length: 60 }, (_, n) => registered(`s${n}`, `${n}`));
    await handler(rig.event([...fits, ...apart]));
    const sizes = rig.sent.map(({ input }) => (input['TransactItems'] as unknown[]).length);
    expect(sizes.reduce((a, b) => a + b)).toBe(100 + 100 + 120);
    expect(Math.max(...sizes)).toBe(100);
    expect(await totals()).toMatchObject({ 'day-98|UK': { sales: 2 }, '59|UK': { sales: 1 } });
    await handler(rig.event([rig.commit('sale/wide', Wide({ totals: 100 })), registered('last', FIRST)], 3));
    const items = await rig.items();
    expect(items['_parked#sale/wide']).toMatchObject({ _parked: { version: 1 } });
    expect(JSON.stringify(items['_parked#sale/wide'])).toContain('moves 100 totals, at most 99 are possible');
    expect(await totals()).toMatchObject({ [`${FIRST}|UK`]: { sales: 1 } });
  });
});

describe('writers of the same totals', () => {
  it('try again with jitter after a conflict, and it is not an attempt', async () => {
    const waits: number[] = [];
    const sleep = async (milliseconds: number): Promise<void> => void waits.push(milliseconds);
    const handler = aggregate(sale, handlers, rig.options({ sleep, random: () => 0.5 }));
    let conflicts = 4;
    rig.fault = (command) => {
      if (command !== 'TransactWriteItems' || (conflicts -= 1) < 0) return;
      throw Object.assign(new Error('cancelled'), {
        name: 'TransactionCanceledException',
        CancellationReasons: [{ Code: 'None' }, { Code: 'TransactionConflict' }],
        $metadata: {},
      });
    };
    expect(await handler(rig.event([registered(1, FIRST)], 3))).toEqual({ batchItemFailures: [] });
    expect(waits).toEqual([10, 20, 40, 80]);
    expect(await totals()).toEqual({ [`${FIRST}|UK`]: { sales: 1, units: 1 } });
    conflicts = 1000;
    await handler(rig.event([registered(2, FIRST)], 3));
    expect(Math.max(...waits)).toBe(200);
    expect(await rig.waiting(rig.queueUrl)).toBe(1);
    conflicts = 0;
    await rig.pump(handler);
    expect(await totals()).toEqual({ [`${FIRST}|UK`]: { sales: 2, units: 2 } });
  });
});

describe('reading totals', () => {
  interface Total {
    readonly country: string;
    readonly sales: number;
  }

  it('takes one read for a total and one query for the totals of a partition', async () => {
    const view = aggregateView<Total>(sale, { table: rig.table });
    const handler = aggregate(sale, handlers, rig.options());
    const countries = ['UK', 'France', 'Spain'];
    await handler(rig.event(countries.map((country, n) => registered(n, FIRST, 1, country))));
    rig.sent.length = 0;
    expect(await view.get({ day: FIRST, country: 'France' })).toEqual({
      day: FIRST,
      country: 'France',
      sales: 1,
      units: 1,
    });
    expect(await view.get({ day: SECOND, country: 'France' })).toBeUndefined();
    const first = await view.query(FIRST, { limit: 2 });
    expect(first.items.map(({ country }) => country)).toEqual(['France', 'Spain']);
    const second = await view.query(FIRST, { limit: 2, cursor: first.cursor });
    expect(second.items.map(({ country }) => country)).toEqual(['UK']);
    expect(requests(rig.sent).commands).toEqual(['GetItem', 'GetItem', 'Query', 'Query']);
    expect(await view.query('_contribution#sale/1')).toEqual({ items: [] });
  });

  it('needs no sort key', async () => {
    const flat = await ViewRig.start({ kind: 'aggregate', stream: 'sale', partitionKey: 'country' });
    const byCountry = {
      Registered: ({ data }: { data: { country: string } }) => add({ country: data.country }, { sales: 1 }),
    };
    const handler = aggregate(sale, byCountry, flat.options());
    const commits = [1, 2].map((n) => flat.commit(`sale/${n}`, Registered({ day: FIRST, country: 'UK', units: 1 })));
    await handler(flat.event([...commits, ...commits]));
    expect(await aggregateView<Total>(sale, { table: flat.table }).get({ country: 'UK' })).toEqual({
      country: 'UK',
      sales: 2,
    });
  });
});
