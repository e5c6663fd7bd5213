import { beforeAll, describe, expect, it } from 'vitest';
import { operationsOf } from '../../../lambdas/cqrs/event-handlers.js';
import { contribute, postgresAggregate } from '../../../lambdas/cqrs/index.js';
import { PostgresViewStore } from '../../../lambdas/cqrs/postgres-view-store.js';
import { systemClock, systemRandom, systemSleep } from '../../../lambdas/stores/index.js';
import { FIRST, handlers, Noted, Odd, Registered, Returned, sale, SECOND, Torn, Wide } from './aggregate.contract.js';
import { PostgresViews, type PostgresTotals } from './postgres-view-rig.js';
import { shuffled } from './view-rig.js';

let views: PostgresViews;
beforeAll(async () => {
  views = await PostgresViews.start('baskets');
});

/** A totals table, its projection, and the commits of its streams. */
async function started(more: Parameters<typeof postgresAggregate<(typeof sale)['contract']>>[1] = handlers) {
  const totals = await views.totals();
  const handler = postgresAggregate(sale, more, totals.options());
  const sold = (id: number | string, day = FIRST, units = 1) =>
    totals.rig.commit(`sale/${id}`, Registered({ day, country: 'UK', units }));
  const asked = async (commits: Parameters<typeof totals.rig.event>[0], receives?: number): Promise<string[]> => {
    views.asked.length = 0;
    expect(await handler(totals.rig.event(commits, receives))).toEqual({ batchItemFailures: [] });
    return [...views.asked];
  };
  return { totals, handler, sold, asked, rig: totals.rig };
}

describe('a batch in PostgreSQL', () => {
  it('is one call, whatever it holds: new streams, known ones, duplicates, a wide commit', async () => {
    const { sold, asked, rig, totals } = await started();
    expect(await asked([sold(1)])).toEqual(['advance']);
    const more = [2, 3, 4, 5].map((id) => sold(id));
    const back = rig.commit('sale/1', Returned({ day: FIRST, country: 'UK', units: 1 }));
    const wide = rig.commit('sale/wide', Wide({ totals: 1225 }));
    expect(await asked([...more, back, wide, rig.commit('sale/2', Noted({}))])).toEqual(['advance']);
    expect(await asked([...more, back, wide])).toEqual(['advance']);
    const rows = await totals.rows();
    expect(rows[`${FIRST}|UK`]).toEqual({ sales: 5, units: 4, returns: 1 });
    expect(Object.keys(rows)).toHaveLength(1226);
  });

  it('moves wide contributions as a whole, and leaves them alone where a commit adds nothing', async () => {
    const { rig, handler, totals } = await started();
    const streams = Array.from({ length: 9 }, (_, n) => `sale/${n}`);
    await handler(rig.event(streams.map((stream) => rig.commit(stream, Wide({ totals: 2450 })))));
    await handler(rig.event(streams.map((stream) => rig.commit(stream, Noted({})))));
    const rows = Object.values(await totals.rows());
    expect(rows).toHaveLength(2450);
    expect(rows.every(({ sales }) => sales === 9)).toBe(true);
  });

  it('is sent in parts where it does not fit into a request', async () => {
    const broad = { ...handlers, Noted: () => wide(20_000), Odd: () => wide(40_000) };
    const { rig, asked, totals } = await started(broad);
    const big = [1, 2, 3].map((id) => rig.commit(`sale/${id}`, Noted({})));
    expect(await asked(big)).toEqual(['advance', 'advance', 'advance']);
    const sums = `select cast(count(*) as int) as totals, cast(sum(sales) as int) as sales from ${totals.table}`;
    expect(await views.admin.query(sums)).toEqual([{ totals: 20_000, sales: 60_000 }]);
    expect(await asked([rig.commit('sale/too-big', Odd({}))], 3)).toContain('park');
    expect(rig.log.find(({ message }) => message === 'stream parked')).toMatchObject({ error: 'too-many-totals' });
  });

  it('waits for others that write the same totals and streams in another order, and never in a circle', async () => {
    const { rig, totals } = await started();
    const writers = [1, 2, 3, 4, 5, 6].map(() => postgresAggregate(sale, handlers, totals.options()));
    // Locks are taken slowly, so that there is time for a circle.
    await views.admin.query(
      `create function slowly_${totals.table}() returns trigger language plpgsql as
         'begin perform pg_sleep(0.003); return new; end'`,
    );
    for (const [table, when] of [
      [totals.table, 'true'],
      ['dbpatterns_view.contribution', `new.view = '${totals.table}'`],
    ]) {
      await views.admin.query(
        `create trigger slowly_${totals.table} before insert or update on ${table} for each row
           when (${when}) execute function slowly_${totals.table}()`,
      );
    }
    views.asked.length = 0;
    const ROUNDS = 4;
    for (let round = 0; round < ROUNDS; round += 1) {
      const sold = (id: string) => rig.commit(`sale/${round}-${id}`, Wide({ totals: 12 }));
      const five = ['a', 'b', 'c', 'd', 'e'];
      const shared = five.map(sold);
      const batches = writers.map((_, n) => (round % 2 === 0 ? shared : five.map((id) => sold(`${n}-${id}`))));
      const events = batches.map((batch, n) => rig.event(shuffled(batch, 10 * round + n)));
      await Promise.all(writers.map((write, n) => write(events[n]!)));
    }
    // A circle would be broken by the database, and its batch sent again.
    expect(views.asked).toEqual(Array.from({ length: ROUNDS * writers.length }, () => 'advance'));
    expect(rig.log).toEqual([]);
    const rows = Object.values(await totals.rows());
    expect(rows).toHaveLength(12);
    expect(new Set(rows.map(({ sales }) => sales))).toEqual(new Set([(ROUNDS / 2) * (5 + 5 * writers.length)]));
  });

  it('says what is wrong with an operation, and parks only its stream', async () => {
    const wrong = {
      ...handlers,
      Noted: () => contribute({ day: FIRST }, { sales: 1 }),
      Odd: () => contribute({ day: FIRST, country: 'UK' }, { profit: 1 }),
      Voided: () => contribute({ day: FIRST, country: 'UK' }, { day: 1 }),
      Torn: () => contribute({ day: FIRST, country: 'UK' }, { sales: 2 ** 53 - 1, units: 1 }),
    };
    const { rig, handler, sold, totals } = await started(wrong);
    await handler(
      rig.event(
        [
          sold('good'),
          rig.commit('sale/key', Noted({})),
          rig.commit('sale/column', Odd({})),
          rig.commit('sale/both', sale.events.Voided({})),
        ],
        3,
      ),
    );
    const { marks } = await handler({ dbpatterns: 'parked' });
    expect(marks.map(({ stream, cause }) => `${stream}: ${cause}`)).toEqual([
      "sale/both: invalid-operation: measure 'day' is named like a key: rename it",
      'sale/column: invalid-operation: a measure must be a column of the totals table: ' +
        `column "profit" of relation "${totals.table}" does not exist`,
      "sale/key: invalid-operation: a total's key must have exactly: day, country",
    ]);
    expect(await totals.rows()).toEqual({ [`${FIRST}|UK`]: { sales: 1, units: 1, returns: 0 } });
    const most = [1, 2].map((id) => rig.commit(`sale/torn-${id}`, Torn({ day: FIRST })));
    await handler(rig.event(most));
    const [exact] = await views.admin.query<{ sales: string }>(
      `select cast(sales as text) as sales from ${totals.table}`,
    );
    expect(exact!.sales).toBe(String(2n * (2n ** 53n - 1n) + 1n));
  });

  it('comes again where the table is missing or another stream has it: the commits are not at fault', async () => {
    const { rig, totals, sold } = await started();
    const gone = { ...totals.options(), environment: environment(totals, { table: 'not_yet' }) };
    const { batchItemFailures } = await postgresAggregate(sale, handlers, gone)(rig.event([sold(1)]));
    expect(batchItemFailures).toHaveLength(1);
    expect(rig.log[0]).toMatchObject({ message: 'waits for the store', error: 'postgres' });
    await postgresAggregate(sale, handlers, totals.options())(rig.event([sold(2)]));
    const stranger = storeOf(totals, 'order').writer(1);
    const progress = await stranger.advance([{ stream: 'order/1', commits: [sold(3)] }]);
    expect(progress.get('order/1')).toMatchObject({ state: 'failed', error: { sqlState: 'DBV02' } });
    expect(await totals.rows()).toEqual({ [`${FIRST}|UK`]: { sales: 1, units: 1, returns: 0 } });
  });
});

describe('the login of a view', () => {
  it('reaches the functions of views and no table', async () => {
    const { totals } = await started();
    const denied = expect.objectContaining({ sqlState: '42501' });
    for (const text of [
      `select * from ${totals.table}`,
      `update ${totals.table} set sales = 7`,
      'select * from dbpatterns_view.contribution',
      'select * from dbpatterns.outbox',
    ]) {
      await expect(totals.db.query(text), text).rejects.toEqual(denied);
    }
    const reader = await views.as('reader');
    await expect(reader.query("select dbpatterns_view.applied('t', 1, 'sale/1')")).rejects.toEqual(denied);
    expect(await reader.query(`select dbpatterns_view.at_least('[]') as there`)).toEqual([{ there: true }]);
  });

  it('quotes the name of its table', async () => {
    const { rig, totals, sold } = await started();
    const name = 'a"b; drop table x';
    await views.admin.query(`create table "a""b; drop table x" (like ${totals.table} including all)`);
    const odd = { ...totals.options(), environment: environment(totals, { table: name }) };
    expect(await postgresAggregate(sale, handlers, odd)(rig.event([sold(1)]))).toEqual({ batchItemFailures: [] });
    expect(await totals.rows('"a""b; drop table x"')).toMatchObject({ [`${FIRST}|UK`]: { sales: 1 } });
  });
});

describe('the generations of a totals table', () => {
  it('are tables that are swapped by their names, with the names of their indexes, and back', async () => {
    const { handler, rig, sold, totals } = await started();
    await views.admin.query(`create index ${totals.table}_by_country on ${totals.table} (country, sales desc)`);
    const store = storeOf(totals);
    const { generations } = store;
    const writer = (generation: number) => store.writer(generation);
    await handler(rig.event([sold(1)]));
    for (let twice = 0; twice < 2; twice += 1) await generations.begin(2);
    await writer(2).advance([{ stream: 'sale/1', commits: rig.commits }]);
    await writer(2).advance([{ stream: 'sale/2', commits: [sold(2, SECOND)] }]);
    expect(await totals.rows()).toEqual({ [`${FIRST}|UK`]: { sales: 1, units: 1, returns: 0 } });
    const indexes = await indexesOf(totals.table);
    for (let twice = 0; twice < 2; twice += 1) await generations.publish(2);
    expect(Object.keys(await totals.rows())).toEqual([`${FIRST}|UK`, `${SECOND}|UK`]);
    expect(Object.keys(await totals.rows(`${totals.table}__g1`))).toEqual([`${FIRST}|UK`]);
    expect(await indexesOf(totals.table)).toEqual(indexes);
    await writer(1).advance([{ stream: 'sale/3', commits: [sold(3)] }]);
    await generations.publish(1);
    expect(await totals.rows()).toEqual({ [`${FIRST}|UK`]: { sales: 2, units: 2, returns: 0 } });
    expect(await indexesOf(totals.table)).toEqual(indexes);
    await expect(generations.drop(1)).rejects.toMatchObject({ sqlState: 'DBV03' });
    while (await generations.drop(2));
    expect(await writer(2).applied('sale/1')).toBe(0);
    expect(await generations.drop(2)).toBe(false);
    await expect(generations.publish(2)).rejects.toMatchObject({ sqlState: 'DBV03' });
  });

  it.each<{ what: string; make: (table: string) => string; remove: (table: string) => string }>([
    {
      what: 'view public.best',
      make: (table) => `create view best as select * from ${table}`,
      remove: () => 'drop view best',
    },
    {
      what: 'materialized view public.best',
      make: (table) => `create materialized view best as select sum(sales) from ${table}`,
      remove: () => 'drop materialized view best',
    },
    {
      what: 'function public.top()',
      make: (table) => `create function top() returns setof ${table} language sql as 'select * from ${table}'`,
      remove: () => 'drop function top',
    },
    {
      what: 'constraint note_day_country_fkey on table public.note',
      make: (table) => `create table note (day text, country text, foreign key (day, country) references ${table})`,
      remove: () => 'drop table note',
    },
  ])('are refused while a $what would stay with one of them', async ({ what, make, remove }) => {
    const { totals } = await started();
    const { generations } = storeOf(totals);
    const refused = { code: 'has-dependents', message: expect.stringContaining(`: ${what};`) };
    await views.admin.query(make(totals.table));
    await expect(generations.begin(2)).rejects.toMatchObject(refused);
    await views.admin.query(remove(totals.table));
    await generations.begin(2);
    await views.admin.query(make(totals.table));
    await expect(generations.publish(2)).rejects.toMatchObject(refused);
    await views.admin.query(remove(totals.table));
    await generations.publish(2);
    await views.admin.query(make(`${totals.table}__g1`));
    await expect(generations.drop(1)).rejects.toMatchObject(refused);
    await views.admin.query(remove(totals.table));
    expect(await generations.drop(1)).toBe(false);
  });

  it('are refused while the table has what a copy of it has not', async () => {
    const { totals } = await started();
    const { table } = totals;
    await views.admin.query(`create function stamp() returns trigger language plpgsql as 'begin return new; end'`);
    await views.admin.query('create table country (name text primary key)');
    for (const [what, make, remove] of [
      ['trigger', `create trigger stamped before insert on ${table} for each row execute function stamp()`, 'stamped'],
      ['policy', `create policy mine on ${table} using (sales > 0)`, 'mine'],
      ['constraint', `alter table ${table} add constraint known foreign key (country) references country`, 'known'],
      ['sequence', `alter table ${table} add place serial`, 'place'],
    ] as const) {
      await views.admin.query(make);
      await expect(storeOf(totals).generations.begin(2), what).rejects.toMatchObject({
        code: 'has-dependents',
        message: expect.stringMatching(`${what} [.\\w]*${remove}`),
      });
      const alter = `alter table ${table} drop ${what === 'sequence' ? 'column' : 'constraint'} ${remove}`;
      await views.admin.query(/trigger|policy/.test(what) ? `drop ${what} ${remove} on ${table}` : alter);
    }
    await storeOf(totals).generations.begin(2);
  });

  it('have the same rights, also those that were given by hand', async () => {
    const { totals } = await started();
    const { table } = totals;
    const [analyst, nobody] = [`${table}_analyst`, `${table}_nobody`];
    for (const role of [analyst, nobody]) await views.admin.query(`create role ${role}`);
    const { name: reader } = await views.postgres.login('reader');
    await views.admin.query(`grant select, delete on ${table} to ${analyst} with grant option`);
    await views.admin.query(`grant select (sales) on ${table} to ${nobody}`);
    await views.admin.query(`revoke all on ${table} from ${reader}`);
    const rights = () =>
      views.admin.query(
        `select cast(relacl as text) as rights, (select string_agg(attname || cast(attacl as text), ',')
           from pg_attribute where attrelid = c.oid) as columns
           from pg_class c where oid = to_regclass(:table)`,
        { table },
      );
    const before = await rights();
    const { generations } = storeOf(totals);
    await generations.begin(2);
    await generations.publish(2);
    expect(await rights()).toEqual(before);
    expect(JSON.stringify(before)).toMatch(new RegExp(`${analyst}=r\\*d\\*.*sales.*${nobody}=r`));
  });

  it('have one record, which the faster of two writes', async () => {
    const { totals } = await started();
    const { generations } = storeOf(totals);
    expect(await generations.read()).toEqual({ live: 1, revision: 0 });
    expect(await generations.write({ live: 1, revision: 0, last: 2 })).toEqual({ live: 1, revision: 1, last: 2 });
    expect(await generations.write({ live: 9, revision: 0 })).toBeUndefined();
    expect(await generations.read()).toEqual({ live: 1, revision: 1, last: 2 });
  });

  it('hold what history gives, stream by stream', async () => {
    const { rig, handler, sold, totals } = await started();
    const check = await storeOf(totals).check(1);
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
});

describe('the totals of a generation', () => {
  /** How a comparison ends, and in how many portions. */
  async function compared(totals: PostgresTotals): Promise<{ equal: boolean | undefined; calls: string[] }> {
    const check = await storeOf(totals).check(1);
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
    const { totals } = await started();
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

/** The store behind the projection. */
function storeOf({ db, table }: PostgresTotals, followed = 'sale'): PostgresViewStore {
  return new PostgresViewStore({
    db,
    view: table,
    followed,
    operationsOf: operationsOf(sale, handlers),
    now: systemClock,
    waiting: { random: systemRandom, sleep: systemSleep },
  });
}

async function indexesOf(table: string): Promise<string[]> {
  const text = 'select indexname from pg_indexes where tablename = :table order by indexname';
  return (await views.admin.query<{ indexname: string }>(text, { table })).map(({ indexname }) => indexname);
}

function environment(totals: PostgresTotals, more: object): Record<string, string> {
  const { environment: { DBPATTERNS_PROJECTION = '{}' } = {} } = totals.options();
  return { DBPATTERNS_PROJECTION: JSON.stringify({ ...(JSON.parse(DBPATTERNS_PROJECTION) as object), ...more }) };
}
