import { beforeAll, describe, expect, it } from 'vitest';
import { FIRST, SECOND } from './aggregate.contract.js';
import { PostgresViews, startedSales } from './postgres-view-rig.js';

let views: PostgresViews;
beforeAll(async () => {
  views = await PostgresViews.start('generations');
});

const started = () => startedSales(views);

describe('the generations of a totals table', () => {
  it('are tables that are swapped by their names, with the names of their indexes, and back', async () => {
    const { handler, rig, sold, totals } = await started();
    await views.admin.query(`create index ${totals.table}_by_country on ${totals.table} (country, sales desc)`);
    const store = totals.store();
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
    const { generations } = totals.store();
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
      await expect(totals.store().generations.begin(2), what).rejects.toMatchObject({
        code: 'has-dependents',
        message: expect.stringMatching(`${what} [.\\w]*${remove}`),
      });
      const alter = `alter table ${table} drop ${what === 'sequence' ? 'column' : 'constraint'} ${remove}`;
      await views.admin.query(/trigger|policy/.test(what) ? `drop ${what} ${remove} on ${table}` : alter);
    }
    await totals.store().generations.begin(2);
  });

  it.each([
    ['trigger', 'create trigger stamped before insert on TABLE for each row execute function marked()'],
    ['policy', 'create policy mine on TABLE using (sales > 0)'],
    ['column', 'alter table TABLE add column profit int not null default 0'],
    ['index', 'create index on TABLE (country)'],
    ['check', 'alter table TABLE add constraint positive check (sales >= 0)'],
  ])('are not swapped where a %s was made since, which the other has not', async (what, make) => {
    const { totals } = await started();
    const { generations } = totals.store();
    await views.admin.query(
      `create or replace function marked() returns trigger language plpgsql as 'begin return new; end'`,
    );
    await generations.begin(2);
    await generations.mayPublish(2);
    await views.admin.query(make.replace('TABLE', totals.table));
    const refused = { code: 'has-dependents', message: expect.stringContaining(`: ${what} `) };
    await expect(generations.mayPublish(2)).rejects.toMatchObject(refused);
    await expect(generations.publish(2)).rejects.toMatchObject(refused);
  });

  it('are swapped where both were altered alike', async () => {
    const { totals } = await started();
    const { generations } = totals.store();
    await generations.begin(2);
    for (const table of [totals.table, `${totals.table}__g2`]) {
      await views.admin.query(`alter table ${table} add column profit int not null default 0`);
      await views.admin.query(`create index on ${table} (country, sales desc)`);
    }
    await generations.publish(2);
    await generations.mayPublish(1);
    await generations.publish(1);
  });

  it('have the rights that were given since', async () => {
    const { totals } = await started();
    const { generations } = totals.store();
    await generations.begin(2);
    await views.admin.query(`create role ${totals.table}_later`);
    await views.admin.query(`grant select on ${totals.table} to ${totals.table}_later`);
    await generations.publish(2);
    const [row] = await views.admin.query(
      'select has_table_privilege(cast(:role as name), cast(:table as text), :right) as given',
      { role: `${totals.table}_later`, table: totals.table, right: 'select' },
    );
    expect(row).toEqual({ given: true });
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
    const { generations } = totals.store();
    await generations.begin(2);
    await generations.publish(2);
    expect(await rights()).toEqual(before);
    expect(JSON.stringify(before)).toMatch(new RegExp(`${analyst}=r\\*d\\*.*sales.*${nobody}=r`));
  });

  it('have one record, which the faster of two writes', async () => {
    const { totals } = await started();
    const { generations } = totals.store();
    expect(await generations.read()).toEqual({ live: 1, revision: 0 });
    expect(await generations.write({ live: 1, revision: 0, last: 2 })).toEqual({ live: 1, revision: 1, last: 2 });
    expect(await generations.write({ live: 9, revision: 0 })).toBeUndefined();
    expect(await generations.read()).toEqual({ live: 1, revision: 1, last: 2 });
  });
});

async function indexesOf(table: string): Promise<string[]> {
  const text = 'select indexname from pg_indexes where tablename = :table order by indexname';
  return (await views.admin.query<{ indexname: string }>(text, { table })).map(({ indexname }) => indexname);
}
