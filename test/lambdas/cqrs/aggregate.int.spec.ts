import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  add,
  aggregate,
  aggregateView,
  contribute,
  stream,
  v1,
  withdraw,
  type Envelope,
} from '../../../lambdas/cqrs/index.js';
import { requests, shuffled, ViewRig } from './view-rig.js';

const lines = z.object({ day: z.string(), country: z.string(), units: z.int() });
const sale = stream('sale', {
  Registered: v1(lines),
  Corrected: v1(lines),
  Returned: v1(lines),
  Voided: v1(z.object({})),
  Noted: v1(z.object({})),
  Wide: v1(z.object({ totals: z.int() })),
  Torn: v1(z.object({ day: z.string() })),
});
const { Corrected, Noted, Registered, Returned, Torn, Voided, Wide } = sale.events;

const handlers = {
  Registered: ({ data }: { data: z.infer<typeof lines> }) =>
    contribute({ day: data.day, country: data.country }, { sales: 1, units: data.units }),
  Corrected: ({ data }: { data: z.infer<typeof lines> }) => [
    withdraw(),
    contribute({ day: data.day, country: data.country }, { sales: 1, units: data.units }),
  ],
  Returned: ({ data }: { data: z.infer<typeof lines> }) =>
    add({ day: data.day, country: data.country }, { returns: 1, units: -data.units }),
  Voided: () => withdraw(),
  Wide: ({ data }: { data: { totals: number } }) =>
    Array.from({ length: data.totals }, (_, n) => contribute({ day: `day-${n}`, country: 'UK' }, { sales: 1 })),
  Torn: ({ data }: { data: { day: string } }) => contribute({ day: data.day, country: 'UK' }, { units: 0.5 }),
};

let rig: ViewRig;
beforeEach(async () => {
  rig = await ViewRig.start({ kind: 'aggregate', stream: 'sale', partitionKey: 'day', sortKey: 'country' });
});

const registered = (id: number | string, day: string, units = 1, country = 'UK'): Envelope =>
  rig.commit(`sale/${id}`, Registered({ day, country, units }));

/** The totals without what the kit keeps beside them. */
async function totals(of = rig): Promise<Record<string, unknown>> {
  const items = Object.entries(await of.items()).filter(([key]) => !key.startsWith('_'));
  return Object.fromEntries(items.map(([key, { day: _, country: __, ...measures }]) => [key, measures]));
}

const SECOND = '2010-12-02';
const FIRST = '2010-12-01';

describe('an aggregate view', () => {
  it('counts each commit once when all come three times and out of order', async () => {
    const all = Array.from({ length: 12 }, (_, n) => {
      const day = n % 2 === 0 ? FIRST : SECOND;
      return [registered(n, day, 10), rig.commit(`sale/${n}`, Returned({ day: SECOND, country: 'UK', units: 3 }))];
    }).flat();
    const handler = aggregate(sale, handlers, rig.options());
    await rig.send(shuffled([...all, ...all, ...all], 11));
    await rig.pump(handler);
    expect(await totals()).toEqual({
      [`${FIRST}|UK`]: { sales: 6, units: 60 },
      [`${SECOND}|UK`]: { sales: 6, units: 60 - 36, returns: 12 },
    });
    expect(await rig.waiting(rig.deadLetterUrl)).toBe(0);
  });

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

  it('moves what a correction moves, and keeps totals that come to zero', async () => {
    const handler = aggregate(sale, handlers, rig.options());
    const correction = [
      registered(1, FIRST, 5),
      rig.commit('sale/1', Corrected({ day: FIRST, country: 'France', units: 4 })),
    ];
    for (const commit of correction) await handler(rig.event([commit]));
    const moved = { [`${FIRST}|UK`]: { sales: 0, units: 0 }, [`${FIRST}|France`]: { sales: 1, units: 4 } };
    expect(await totals()).toEqual(moved);
    const voided = rig.commit('sale/1', Voided({}));
    await handler(rig.event([voided]));
    await handler(rig.event([...correction, voided]));
    expect(await totals()).toEqual({ ...moved, [`${FIRST}|France`]: { sales: 0, units: 0 } });
  });

  it('closes a gap from history', async () => {
    const handler = aggregate(sale, handlers, rig.options());
    const first = registered(1, FIRST, 10);
    const more = Array.from({ length: 4 }, () =>
      rig.commit('sale/1', Returned({ day: FIRST, country: 'UK', units: 1 })),
    );
    expect(await handler(rig.event([more[3]!, registered(2, FIRST, 100)]))).toEqual({ batchItemFailures: [] });
    expect(await totals()).toEqual({ [`${FIRST}|UK`]: { sales: 2, returns: 4, units: 106 } });
    await handler(rig.event([first, ...more]));
    expect(await totals()).toEqual({ [`${FIRST}|UK`]: { sales: 2, returns: 4, units: 106 } });
    expect(rig.asked).toEqual(['sale/1:1', 'sale/1:3', 'sale/1:5']);
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

  it('parks what it cannot add while the rest of the batch goes on, and passes it by discard', async () => {
    const handler = aggregate(sale, handlers, rig.options());
    const torn = [registered(1, FIRST), rig.commit('sale/1', Torn({ day: FIRST })), rig.commit('sale/1', Voided({}))];
    expect(await handler(rig.event([...torn, registered(2, FIRST)], 3))).toEqual({ batchItemFailures: [] });
    expect(await totals()).toEqual({ [`${FIRST}|UK`]: { sales: 2, units: 2 } });
    expect(await handler.discard('sale/1')).toEqual({ stream: 'sale/1', state: 'following', applied: 3 });
    expect(await totals()).toEqual({ [`${FIRST}|UK`]: { sales: 1, units: 1 } });
    expect(Object.keys(await rig.items())).not.toContain('_parked#sale/1');
  });

  it('finds the one commit that the store refuses, and applies the others', async () => {
    const handler = aggregate(
      sale,
      { ...handlers, Wide: () => contribute({ day: '', country: 'nowhere' }, { sales: 1 }) },
      rig.options(),
    );
    const before = registered(2, FIRST);
    const refused = rig.commit('sale/2', Wide({ totals: 1 }));
    const batch = [registered(1, FIRST), registered(3, FIRST), before, refused, registered(4, FIRST)];
    expect(await handler(rig.event(batch, 3))).toEqual({ batchItemFailures: [] });
    expect(await totals()).toEqual({ [`${FIRST}|UK`]: { sales: 4, units: 4 } });
    expect((await rig.items())['_parked#sale/2']).toMatchObject({ _parked: { version: 2 } });
  });

  it('takes a repeated commit that it could not apply today for the duplicate that it is', async () => {
    const first = registered(1, FIRST);
    await aggregate(sale, handlers, rig.options())(rig.event([first]));
    const broken = aggregate(
      sale,
      {
        Registered: () => {
          throw new Error('broken today');
        },
      },
      rig.options(),
    );
    expect(await broken(rig.event([first], 3))).toEqual({ batchItemFailures: [] });
    expect(Object.keys(await rig.items())).not.toContain('_parked#sale/1');
    expect(rig.log).toEqual([]);
  });
});

describe('writers of the same totals', () => {
  it('count each commit once when batches with the same commits run at the same time', async () => {
    const all = Array.from({ length: 10 }, (_, n) => [
      registered(n, FIRST, 10),
      rig.commit(`sale/${n}`, Returned({ day: FIRST, country: 'UK', units: 1 })),
    ]).flat();
    const writers = [1, 2, 3, 4].map(() => aggregate(sale, handlers, rig.options()));
    const batches = writers.map((write, n) => write(rig.event(shuffled(all, n))));
    expect((await Promise.all(batches)).flatMap((answer) => answer.batchItemFailures)).toEqual([]);
    expect(await totals()).toEqual({ [`${FIRST}|UK`]: { sales: 10, returns: 10, units: 90 } });
  });

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
