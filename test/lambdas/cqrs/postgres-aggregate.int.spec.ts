import { beforeAll, describe, expect, it } from 'vitest';
import { contribute, postgresAggregate } from '../../../lambdas/cqrs/index.js';
import { FIRST, handlers, Noted, Odd, Returned, sale, Torn, Wide } from './aggregate.contract.js';
import { PostgresViews, startedSales, type PostgresTotals, type SaleHandlers } from './postgres-view-rig.js';
import { shuffled } from './view-rig.js';

let views: PostgresViews;
beforeAll(async () => {
  views = await PostgresViews.start('baskets');
});

const started = (more?: SaleHandlers) => startedSales(views, more);

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
    expect(rig.log.flatMap(({ Parked }) => Parked ?? [])).toEqual([3]);
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
    const stranger = totals.store({ followed: 'order' }).writer(1);
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
    expect(await reader.query(`select dbpatterns_view.at_least('[]', '[]') as there`)).toEqual([{ there: true }]);
  });

  it('cannot make a view of a table that the application has filled: neither write, read, rename nor drop it', async () => {
    const { totals, sold } = await started();
    await views.admin.query(`insert into ${totals.table} values ('filled', 'UK', 7, 7, 7)`);
    const store = totals.store();
    const commits = [sold(1)];
    const progress = await store.writer(1).advance([{ stream: 'sale/1', commits }]);
    const refused = { sqlState: 'DBV07' };
    expect(progress.get('sale/1')).toMatchObject({ state: 'failed', error: refused });
    await expect(store.parking(1).park('sale/1', 0, new Error('x'))).rejects.toMatchObject(refused);
    const check = await store.check(1);
    const places = ['contributions', 'totals'].map((of) => ({ of, after: null, measures: [], rest: '0' }));
    for (const place of places) await expect(check.totals!(JSON.stringify(place))).rejects.toMatchObject(refused);
    await expect(store.generations.begin(2)).rejects.toMatchObject(refused);
    await expect(store.generations.publish(2)).rejects.toMatchObject(refused);
    await views.admin.query(`create table ${totals.table}__g2 (like ${totals.table} including all)`);
    await expect(store.generations.publish(2)).rejects.toMatchObject(refused);
    await expect(store.generations.drop(2)).rejects.toMatchObject(refused);
    expect(await totals.rows()).toEqual({ 'filled|UK': { sales: 7, units: 7, returns: 7 } });
    await views.admin.query(`delete from ${totals.table}`);
    const containers = [store, totals.store()].map((one) => one.writer(1).advance([{ stream: 'sale/1', commits }]));
    await Promise.all(containers);
    expect(await totals.rows()).toEqual({ [`${FIRST}|UK`]: { sales: 1, units: 1, returns: 0 } });
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

function wide(count: number) {
  return Array.from({ length: count }, (_, n) => contribute({ day: `day-${n}`, country: 'UK' }, { sales: 1 }));
}

function environment(totals: PostgresTotals, more: object): Record<string, string> {
  const { environment: { DBPATTERNS_PROJECTION = '{}' } = {} } = totals.options();
  return { DBPATTERNS_PROJECTION: JSON.stringify({ ...(JSON.parse(DBPATTERNS_PROJECTION) as object), ...more }) };
}
