import { beforeAll, describe, expect, it } from 'vitest';
import { postgresAggregate, postgresView, Token, type PostgresViewOptions } from '../../../lambdas/cqrs/index.js';
import type { PostgresClient } from '../../../lambdas/stores/index.js';
import { FIRST, handlers, Registered, Returned, sale, SECOND } from './aggregate.contract.js';
import { PostgresViews, type PostgresTotals } from './postgres-view-rig.js';

let views: PostgresViews;
let totals: PostgresTotals;
let db: PostgresClient;
let ids = 0;

beforeAll(async () => {
  views = await PostgresViews.start('reads');
  totals = await views.totals();
  db = await views.as('reader');
});

const tokenOf = (streams: Record<string, number>): Token => Token.of(streams);

/** A sale that has happened, and perhaps not in the view yet. */
function happened(id: string, day: string, country: string) {
  const event = totals.rig.commits.some(({ subject }) => subject === `sale/${id}`) ? Returned : Registered;
  return totals.rig.commit(`sale/${id}`, event({ day, country, units: 1 }));
}

const apply = async (...commits: Parameters<typeof totals.rig.event>[0]): Promise<void> => {
  await postgresAggregate(sale, handlers, totals.options())(totals.rig.event(commits));
  views.asked.length = 0;
};

/** A reader with a clock that moves when it sleeps. */
function reader(options: Partial<PostgresViewOptions> = {}, table: string | readonly string[] = totals.table) {
  let time = 0;
  const pauses: number[] = [];
  const view = postgresView('sale', table, {
    db,
    waitLimit: 100,
    now: () => new Date(time),
    sleep: async (milliseconds) => {
      pauses.push(milliseconds);
      time += milliseconds;
    },
    ...options,
  });
  return { view, pauses };
}

interface Total {
  readonly country: string;
  readonly sales: number;
}

const byCountry = () => `select country, sales from ${totals.table} where day = :day order by sales desc, country`;

describe('a query of a view in PostgreSQL', () => {
  it('is one call, with a token and without, and keeps its order and its names', async () => {
    const { view } = reader();
    const names = ['UK', 'UK', 'France', 'Spain', 'UK', 'Spain'];
    const sales = names.map((country) => happened(String((ids += 1)), FIRST, country));
    await apply(...sales);
    const rows = [
      { country: 'UK', sales: 3 },
      { country: 'Spain', sales: 2 },
      { country: 'France', sales: 1 },
    ];
    expect(await view.query<Total>(byCountry(), { day: FIRST })).toEqual(rows);
    expect(views.asked.splice(0)).toEqual([byCountry()]);
    const after = Token.of(Object.fromEntries(sales.map(({ subject }) => [subject, 1])));
    expect(await view.query<Total>(byCountry(), { day: FIRST }, { after })).toEqual(rows);
    expect(views.asked.splice(0)).toEqual(['at_least']);
    const other = tokenOf({ 'product/1': 9 });
    expect(await view.query<Total>(byCountry(), { day: FIRST }, { after: other })).toEqual(rows);
    expect(views.asked.splice(0)).toEqual([byCountry()]);
  });

  it('may be any one select', async () => {
    const { view } = reader();
    const id = String((ids += 1));
    await apply(happened(id, SECOND, 'UK'));
    const after = tokenOf({ [`sale/${id}`]: 1 });
    const ask = (text: string) => view.query(text, {}, { after });
    const { table } = totals;
    expect(await ask(`select 1 as a, 2 as b;`)).toEqual([{ a: 1, b: 2 }]);
    expect(await ask(`select cast('x' as text) as b, 1 as a -- the last line is a comment`)).toEqual([
      { b: 'x', a: 1 },
    ]);
    expect(
      await ask(`with t as (select * from ${table}) select cast(count(*) as int) as n from t where day = ''`),
    ).toEqual([{ n: 0 }]);
    expect(await ask(`select day from ${table} where day = 'never'`)).toEqual([]);
    expect(await ask(`values (1), (2)`)).toEqual([{ column1: 1 }, { column1: 2 }]);
    await expect(ask('select 1; select 2')).rejects.toMatchObject({ code: 'several-statements' });
    await expect(ask('select no_such_column')).rejects.toMatchObject({ sqlState: '42703' });
  });

  it('is refused by the database while the view is behind, whatever it asks, also where nothing is found', async () => {
    const { view, pauses } = reader();
    const id = String((ids += 1));
    const behind = { code: 'view-behind', status: 409, stream: `sale/${id}`, wanted: 1, applied: 0 };
    const after = tokenOf({ [`sale/${id}`]: 1 });
    const { table } = totals;
    for (const text of [
      `select country from ${table}`,
      `select country from ${table} where day = 'never'`,
      `select sum(sales) as sales from ${table}`,
      `select a.country from ${table} a join ${table} b using (day) order by 1 limit 3`,
      `select country from ${table} order by country limit 0`,
      'select 1 as one',
    ]) {
      await expect(view.query(text, {}, { after }), text).rejects.toMatchObject(behind);
    }
    expect(pauses.slice(0, 4)).toEqual([10, 20, 40, 30]);
    await apply(happened(id, SECOND, 'UK'));
    const further = view.query('select 1 as one', {}, { after: tokenOf({ [`sale/${id}`]: 3, 'sale/1': 1 }) });
    await expect(further).rejects.toMatchObject({ ...behind, wanted: 3, applied: 1 });
  });

  it('asks the tables that it names and no others, which may be behind, or fed by nobody any more', async () => {
    const sister = await views.totals();
    const stopped = happened(String((ids += 1)), FIRST, 'UK');
    await postgresAggregate(sale, handlers, sister.options())(sister.rig.event([stopped]));
    const commit = happened(String((ids += 1)), FIRST, 'UK');
    await apply(commit);
    const after = tokenOf({ [commit.subject]: 1 });
    const ask = (...tables: readonly string[]) => reader({}, tables).view.query('select 1 as one', {}, { after });
    expect(await ask(totals.table)).toEqual([{ one: 1 }]);
    const behind = { code: 'view-behind', stream: commit.subject, wanted: 1, applied: 0 };
    await expect(ask(totals.table, sister.table)).rejects.toMatchObject(behind);
    await expect(ask('never_fed')).rejects.toMatchObject(behind);
  });

  it('is told where a table that it names follows another stream', async () => {
    const others = await views.totals();
    const commit = happened(String((ids += 1)), FIRST, 'UK');
    await others
      .store({ followed: 'order' })
      .writer(1)
      .advance([{ stream: commit.subject, commits: [commit] }]);
    const { view } = reader({}, others.table);
    const asked = view.query('select 1 as one', {}, { after: tokenOf({ 'sale/other': 1 }) });
    await expect(asked).rejects.toMatchObject({ sqlState: 'DBV02' });
  });

  it('waits, and ends its wait as soon as the view is there', async () => {
    const id = String((ids += 1));
    const commit = happened(id, 'later', 'UK');
    const pauses: number[] = [];
    const { view } = reader({
      sleep: async (milliseconds) => {
        pauses.push(milliseconds);
        if (pauses.length === 3) await apply(commit);
      },
    });
    const after = tokenOf({ [`sale/${id}`]: 1 });
    expect(await view.query<Total>(byCountry(), { day: 'later' }, { after })).toEqual([{ country: 'UK', sales: 1 }]);
    expect(pauses).toEqual([10, 20, 40]);
  });

  it('never answers with less than its token says while commits stream in', async () => {
    const { view } = reader({
      waitLimit: 5000,
      sleep: (ms) => new Promise((done) => setTimeout(done, ms)),
      now: undefined,
    });
    const write = postgresAggregate(sale, handlers, totals.options());
    const seen: number[] = [];
    for (let n = 1; n <= 40; n += 1) {
      const commit = totals.rig.commit('sale/busy', Registered({ day: 'busy', country: 'UK', units: n }));
      const applying = write(totals.rig.event([commit]));
      const [row] = await view.query<{ units: number }>(
        `select units from ${totals.table} where day = 'busy'`,
        {},
        { after: tokenOf({ 'sale/busy': n }) },
      );
      seen.push(row!.units);
      await applying;
    }
    expect(seen).toEqual(Array.from({ length: 40 }, (_, n) => n + 1));
  });

  it('is checked by a function that sees what its statement sees', async () => {
    const checks = await views.admin.query<{ provolatile: string }>(
      "select distinct cast(provolatile as text) as provolatile from pg_proc where proname = 'at_least'",
    );
    expect(checks).toEqual([{ provolatile: 's' }]);
  });
});
