import { beforeAll, describe, expect, it } from 'vitest';
import {
  add,
  contribute,
  postgresAggregate,
  withdraw,
  type ContributionOperation,
} from '../../../lambdas/cqrs/index.js';
import { FIRST, handlers, Noted, Odd, Registered, Returned, sale, SECOND } from './aggregate.contract.js';
import { MovedClock, runMachine, statusOf } from './rebuild-machine.js';
import { PostgresViews, startedSales, type PostgresTotals, type SaleHandlers } from './postgres-view-rig.js';

let views: PostgresViews;
beforeAll(async () => {
  views = await PostgresViews.start('checks');
});

const started = (more?: SaleHandlers) => startedSales(views, more);

describe('what a stream contributes', () => {
  it('hold what history gives, stream by stream', async () => {
    const { rig, handler, sold, totals } = await started();
    const check = await totals.store().check(1);
    const story = [
      sold(1),
      rig.commit('sale/1', Returned({ day: SECOND, country: 'UK', units: 1 })),
      sold(1, SECOND, 4),
    ];
    await handler(rig.event([...story, sold(2)]));
    const held = await check.held(['sale/1', 'sale/none', 'sale/2']);
    expect(held.map(({ version }) => version)).toEqual([3, 0, 1]);
    expect(await check.folded('sale/1', story, [])).toEqual(held[0]);
    expect(await check.folded('sale/none', [], [])).toEqual(held[1]);
    expect(await check.folded('sale/1', story.slice(0, 2), [])).not.toEqual(held[0]);
  });

  it('is compared by one call for any number of streams, however long their history is', async () => {
    const broad = { ...handlers, Noted: () => wide(6000), Odd: () => wide(5000) };
    const { rig, handler, sold, totals } = await started(broad);
    const story = [rig.commit('sale/1', Noted({})), rig.commit('sale/1', Odd({})), rig.commit('sale/1', Noted({}))];
    const others = Array.from({ length: 50 }, (_, id) => sold(`other-${id}`));
    for (const commits of [story, others]) await handler(rig.event(commits));
    const check = await totals.store({ handlers: broad }).check(1);
    views.asked.length = 0;
    const held = await check.held(['sale/1', ...others.map(({ subject }) => subject)]);
    const histories = [story, ...others.map((one) => [one])];
    expect(await Promise.all(histories.map((history) => check.folded('sale/any', history, [])))).toEqual(held);
    expect(views.asked).toEqual(['held']);
  });

  it('has the same checksum from history as in the database, whatever its keys and measures are', async () => {
    const texts = ['', 'a', 'b', 'aa', 'ä', '€', '\u{1F600}', '\uFFFF', '"\\', 'tab\t\u0001\u007f', ' a, b: c'];
    const numbers = [0, -1, 1.5, 1e21, -1e-7, 1.25e-9, 1.7e308, 2 ** 53 - 1];
    const [long, wider, odd] = ['zz', 'ä"', 'a'];
    const totals = await views.totals();
    await views.admin.query(`drop table ${totals.table}`);
    await views.admin.query(
      `create table ${totals.table} (${long} text, "ä""" numeric, ${odd} text, units numeric not null default 0,
         "é" bigint not null default 0, x bigint not null default 0, primary key (${long}, "ä""", ${odd}))`,
    );
    let seed = 7;
    const below = (limit: number): number => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((seed / 2 ** 32) * limit);
    };
    const one = <T>(list: readonly T[]): T => list[below(list.length)]!;
    const operation = (): ContributionOperation => {
      if (below(12) === 0) return withdraw();
      const key = { [long]: one(texts), [odd]: one([...texts, 5]), [wider]: one(numbers) };
      const measures = Object.fromEntries(['units', 'é', 'x'].slice(below(3)).map((name) => [name, below(7) - 3]));
      const most: Record<string, number> = below(4) === 0 ? { units: 2 ** 53 - 1 } : {};
      return (below(2) === 0 ? add : contribute)(key, { ...measures, ...most });
    };
    const stories = new Map<string, readonly ContributionOperation[]>();
    const many = { Registered: ({ id }: { id: string }) => stories.get(id) ?? [] };
    const sold = (n: number) => totals.rig.commit(`sale/${n}`, Registered({ day: FIRST, country: 'UK', units: 1 }));
    const streams = Array.from({ length: 60 }, (_, n) => Array.from({ length: 1 + (n % 5) }, () => sold(n)));
    for (const [n] of streams.entries()) stories.set(String(n), Array.from({ length: 1 + below(30) }, operation));
    const handler = postgresAggregate(sale, many, totals.options());
    await handler(totals.rig.event(streams.flat()));
    const check = await totals.store({ handlers: many }).check(1);
    const held = await check.held(streams.map((_, n) => `sale/${n}`));
    expect(held.map(({ version }) => version)).toEqual(streams.map(({ length }) => length));
    expect(await Promise.all(streams.map((commits) => check.folded('sale/any', commits, [])))).toEqual(held);
    expect(new Set(held.map(({ checksum }) => checksum)).size).toBeGreaterThan(50);
  });

  it('is rebuilt though the database alone refused what was discarded, which is noted in the same call', async () => {
    const odd = { ...handlers, Odd: () => contribute({ day: FIRST, country: 'UK' }, { profit: 1 }) };
    const clock = new MovedClock();
    const totals = await views.totals();
    const { rig } = totals;
    const view = postgresAggregate(sale, odd, totals.options({ now: clock.now, sleep: clock.sleep }));
    const sold = () => rig.commit('sale/1', Registered({ day: FIRST, country: 'UK', units: 1 }));
    await view(rig.event([sold()]));
    await view(rig.event([rig.commit('sale/1', Odd({}))], 3));
    views.asked.length = 0;
    await view.discard('sale/1');
    expect(views.asked.filter((name) => name === 'advance')).toHaveLength(1);
    await view(rig.event([rig.commit('sale/1', Returned({ day: FIRST, country: 'UK', units: 1 }))]));
    const expected = { [`${FIRST}|UK`]: { sales: 1, units: 0, returns: 1 } };
    expect(await totals.rows()).toEqual(expected);
    const [held] = await (await totals.store().check(1)).held(['sale/1']);
    expect(held).toMatchObject({ version: 3, passed: [2] });
    // What the new generation cannot take either is discarded in it too.
    const input = { settle: 3, keep: 0, segments: 2 };
    for (const id of ['a', 'b']) {
      expect((await runMachine(view, { clock, id, input })).at(-1)).toBe('failed');
      expect(await statusOf(view)).toMatchObject({ job: { problem: { code: 'parked', streams: ['sale/1'] } } });
      await clock.sleep(3000);
      await view.discard('sale/1');
      expect((await runMachine(view, { clock, id: `${id}-again`, input: { resume: true } })).at(-1)).toBe('done');
      expect(await totals.rows()).toEqual(expected);
    }
  });

  it('cannot be built anew from a history that has kept a version and not its events: that is said before the end', async () => {
    const clock = new MovedClock();
    const totals = await views.totals();
    const view = postgresAggregate(sale, handlers, totals.options({ now: clock.now, sleep: clock.sleep }));
    const sold = (id: string) => totals.rig.commit(`sale/${id}`, Registered({ day: FIRST, country: 'UK', units: 1 }));
    await view(totals.rig.event([sold('rests'), sold('young')]));
    totals.rig.commits.splice(0, 1, { ...totals.rig.commits[0]!, data: undefined });
    const input = { settle: 3, keep: 0, segments: 2 };
    expect((await runMachine(view, { clock, id: 'a', input })).slice(-2)).toEqual(['fill', 'failed']);
    expect(await statusOf(view)).toMatchObject({
      parked: 0,
      job: { problem: { code: 'history-expired', streams: ['sale/rests'] } },
    });
    expect(await totals.rows()).toEqual({ [`${FIRST}|UK`]: { sales: 2, units: 2, returns: 0 } });
  });
});

describe('the totals of a generation', () => {
  /** How a comparison ends, and in how many portions. */
  async function compared(totals: PostgresTotals): Promise<{ equal: boolean | undefined; calls: string[] }> {
    const check = await totals.store().check(1);
    views.asked.length = 0;
    let cursor: string | undefined;
    for (;;) {
      const portion = await check.totals!(cursor);
      if (portion.cursor === undefined) return { equal: portion.equal, calls: [...views.asked] };
      ({ cursor } = portion);
    }
  }

  it('are compared with what was contributed, a portion at a time', async () => {
    const broad = { ...handlers, Noted: () => wide(12_000), Odd: () => wide(9_000) };
    const { rig, handler, totals, sold } = await started(broad);
    await handler(rig.event([sold(1), rig.commit('sale/2', Noted({})), rig.commit('sale/3', Odd({})), sold(4)]));
    const even = await compared(totals);
    expect(even.equal).toBe(true);
    expect(even.calls).toEqual(['weigh_contributions', 'weigh_totals', 'weigh_totals']);
    // Stored as they come, contributions are large enough for several portions.
    const stored = (how: string) =>
      views.admin.query(`alter table dbpatterns_view.contribution alter column contributions set storage ${how}`);
    await stored('external');
    await views.admin.query(`update dbpatterns_view.contribution set contributions = contributions || '[]'`);
    await stored('extended');
    const portions = await compared(totals);
    expect(portions.equal).toBe(true);
    expect(portions.calls.filter((name) => name === 'weigh_contributions').length).toBeGreaterThan(1);
    for (const day of ['day-11999', FIRST]) {
      const change = (by: number) =>
        views.admin.query(`update ${totals.table} set sales = sales + :by where day = :day`, { by, day });
      await change(1);
      expect((await compared(totals)).equal, day).toBe(false);
      await change(-1);
    }
    expect((await compared(totals)).equal).toBe(true);
  });

  it('cost a page what it holds, however many there are', async () => {
    const { totals, handler, rig, sold } = await started();
    await handler(rig.event([sold(1)]));
    const few = 10_000;
    const fill = async (from: number, to: number) => {
      await views.admin.query(
        `insert into ${totals.table} select lpad(cast(n as text), 9, '0'), 'UK', 0, 0, 0 from generate_series(:from, :to) n`,
        { from, to },
      );
      await views.admin.query(`analyze ${totals.table}`);
    };
    /** Rows that were read from the table since it was made. */
    const read = async () => {
      for (const db of [views.admin, totals.db]) await db.query('select pg_stat_force_next_flush()');
      const [row] = await views.admin.query<{ rows: number }>(
        `select cast(seq_tup_read + idx_tup_fetch as bigint) as rows
           from pg_stat_user_tables where relid = to_regclass(:table)`,
        { table: totals.table },
      );
      return row!.rows;
    };
    await fill(1, 5 * few);
    const before = await read();
    expect((await compared(totals)).calls.filter((name) => name === 'weigh_totals')).toHaveLength(6);
    const rows = (await read()) - before;
    expect(rows).toBeGreaterThanOrEqual(5 * few);
    expect(rows).toBeLessThan(6 * few);
  });

  it.each([
    ['a column that the table computes', 'margin bigint generated always as (sales * 2) stored'],
    ['a column that the table fills in', 'edition int not null default 7'],
    ['a column of the application', 'rank int'],
  ])('are measures, not %s', async (_, column) => {
    const { rig, handler, totals, sold } = await started();
    await views.admin.query(`alter table ${totals.table} add column ${column}`);
    await handler(rig.event([sold(1), sold(2, SECOND), sold(3)]));
    expect((await compared(totals)).equal).toBe(true);
    await views.admin.query(`update ${totals.table} set units = 7 where day = '${SECOND}'`);
    expect((await compared(totals)).equal).toBe(false);
  });

  it('are compared as numbers, whatever the types of keys and measures', async () => {
    const typed = { Registered: () => contribute({ at: '2010-12-01T08:26:00Z', part: 5, code: 7 }, { pence: 12 }) };
    const totals = await views.totals();
    await views.admin.query(`drop table ${totals.table}`);
    await views.admin.query(
      `create table ${totals.table} (part numeric(12, 2), at timestamptz, code text, pence numeric(12, 2) not null default 0,
         primary key (code, at, part))`,
    );
    const sold = (id: number) => totals.rig.commit(`sale/${id}`, Registered({ day: FIRST, country: 'UK', units: 1 }));
    const handler = postgresAggregate(sale, typed, totals.options());
    await handler(totals.rig.event([sold(1), sold(2)]));
    await views.admin.query(
      `insert into ${totals.table} select n, now() + n * interval '1 s', n, 0 from generate_series(1, 10001) n`,
    );
    expect((await compared(totals)).equal).toBe(true);
    await views.admin.query(`update ${totals.table} set pence = pence + 0.01 where code = '7' and part = 5`);
    expect((await compared(totals)).equal).toBe(false);
  });

  it('differ where a measure that nobody contributes is not 0', async () => {
    const { rig, handler, totals, sold } = await started();
    await handler(rig.event([sold(1)]));
    await views.admin.query(`update ${totals.table} set returns = 1`);
    expect((await compared(totals)).equal).toBe(false);
  });
});

function wide(count: number) {
  return Array.from({ length: count }, (_, n) => contribute({ day: `day-${n}`, country: 'UK' }, { sales: 1 }));
}
