import { randomBytes } from 'node:crypto';
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { beforeAll, describe, expect, it } from 'vitest';
import { postgresAt, type PostgresClient } from '../../../lambdas/stores/index.js';
import type { Migration } from '../../../lambdas/stores/migrations/files.js';
import type { Login } from '../../../lambdas/stores/migrations/logins.js';
import { migrate } from '../../../lambdas/stores/migrations/migrate.js';
import type { Module } from '../../../lambdas/stores/migrations/module.js';
import { kit, PostgresRig } from './postgres-rig.js';

const product: Migration = {
  name: 'app/0001_product.sql',
  text: 'create table product (id text primary key, price int not null);',
};
const sale: Migration = {
  name: 'app/0001_sale.sql',
  text: 'create table sale (id text primary key, product text not null);',
};
const reaching: Migration = {
  name: 'app/0002_reaching.sql',
  text: 'alter table sale add foreign key (product) references catalog.product (id);',
};
const looking: Migration = {
  name: 'app/0002_looking.sql',
  text: 'create view priced as select s.id, p.price from sale s join catalog.product p on p.id = s.product;',
};

let rig: PostgresRig;

/** Applies migrations to a module of the database, with a login for a need. */
async function applied(
  module: Module,
  migrations: readonly Migration[],
  access: Login['access'] = 'writer',
): Promise<PostgresClient> {
  const name = `${rig.address.database}_${module.schema}_${access}`;
  const secretArn = await secretOf(name);
  const address = { ...rig.address, schema: module.schema };
  const logins = [{ name, access, secretArn }];
  await migrate({ db: rig.admin, migrations, logins, readSecret: rig.readSecret, module });
  return postgresAt({ ...address, secretArn });
}

const secrets = new Map<string, string>();

async function secretOf(username: string): Promise<string> {
  const known = secrets.get(username);
  if (known !== undefined) return known;
  const SecretString = JSON.stringify({ username, password: randomBytes(18).toString('base64url') });
  const { ARN = '' } = await rig.secrets.send(new CreateSecretCommand({ Name: username, SecretString }));
  secrets.set(username, ARN);
  return ARN;
}

const alone = (schema: string): Module => ({ schema, tables: [] });

beforeAll(async () => {
  rig = await PostgresRig.start('modules');
});

describe('a module of a database', () => {
  it('has the kit and its own tables in schemas of its own, and nothing outside of them', async () => {
    await applied(alone('catalog'), [...kit, product]);
    await applied(alone('order'), [...kit, sale]); // a word of SQL
    const schemas = await rig.admin.query<{ schema: string; relations: number }>(
      `select n.nspname as schema, cast(count(*) as integer) as relations
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'r' and n.nspname !~ '^pg_|^information_schema$' group by 1 order by 1`,
    );
    expect(schemas.map(({ schema }) => schema)).toEqual([
      'catalog',
      'catalog_dbpatterns',
      'catalog_dbpatterns_view',
      'order',
      'order_dbpatterns',
      'order_dbpatterns_view',
    ]);
  });

  it('has functions of the kit that name nothing of another schema', async () => {
    const functions = await rig.admin.query<{ name: string; definition: string }>(
      `select p.oid::regprocedure::text as name, pg_get_functiondef(p.oid) as definition
         from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname like 'catalog_dbpatterns%'`,
    );
    expect(functions.length).toBeGreaterThan(30);
    for (const { name, definition } of functions) {
      const code = definition.replaceAll(/--.*$/gm, '');
      expect(code.replaceAll(/'dbpatterns[._ ]\w+[:' ]/g, ''), name).not.toMatch(
        /(?<![\w"])dbpatterns(_view)?\.|\bpublic\./,
      );
    }
  });

  it('is the default of its users, who see nothing of others', async () => {
    const catalog = await applied(alone('catalog'), [...kit, product]);
    const orders = await applied(alone('order'), [...kit, sale]);
    await catalog.query("insert into product (id, price) values ('lantern', 250)");
    await orders.query("insert into sale (id, product) values ('1', 'lantern')");
    await expect(catalog.query('select id from product')).resolves.toEqual([{ id: 'lantern' }]);
    await expect(catalog.query('select id from "order".sale')).rejects.toThrow(/42501/);
    await expect(orders.query('update catalog.product set price = 1')).rejects.toThrow(/42501/);
    await expect(orders.query('select stream from catalog_dbpatterns.outbox')).rejects.toThrow(/42501/);
  });

  it.each([
    ['foreign key', reaching, 'the foreign key sale_product_fkey → catalog.product'],
    ['view', looking, 'the view priced → catalog.product'],
  ])('refuses a %s into another one that is not declared, and nothing of the file stays', async (_, file, said) => {
    const schema = `bare_${file.name.includes('look') ? 'view' : 'key'}`;
    const failure = applied(alone(schema), [...kit, sale, file]);
    await expect(failure).rejects.toMatchObject({ code: 'crosses-schemas', subject: file.name });
    await expect(failure).rejects.toThrow(
      `${file.name} reaches out of the schema ${schema}: ${said}; keep an id instead`,
    );
    const left = await rig.admin.query<{ name: string }>(
      `select name from ${schema}_dbpatterns.migration where name like 'app/%'`,
    );
    expect(left).toEqual([{ name: sale.name }]);
  });

  it('refuses a foreign key that is made in the schema of another one, and leaves alone those that are there', async () => {
    const theirs: Module = { schema: 'theirs', tables: [{ table: 'catalog.product', use: 'references' }] };
    await applied(theirs, [...kit, sale, reaching]);
    const key = 'alter table theirs.sale add foreign key (id) references catalog.product (id);';
    const intruding: Migration = { name: 'app/0002_intruding.sql', text: key };
    await expect(applied(alone('catalog'), [...kit, product, intruding])).rejects.toMatchObject({
      code: 'crosses-schemas',
      message: expect.stringContaining('in theirs the foreign key sale_id_fkey → catalog.product'),
    });
    const harmless: Migration = { name: 'app/0002_name.sql', text: 'alter table product add column name text;' };
    await expect(applied(alone('catalog'), [...kit, product, harmless])).resolves.toBeDefined();
  });

  it('refuses a foreign key in a file without a transaction before anything of it is done', async () => {
    const text = `-- dbpatterns:no-transaction
      create index concurrently sale_product on hasty.sale (product);
      alter table hasty.sale add foreign key (product) references catalog.product (id);`;
    const hasty: Migration = { name: 'app/0002_hasty.sql', text };
    await expect(applied(alone('hasty'), [...kit, sale, hasty])).rejects.toMatchObject({
      code: 'crosses-schemas',
      message: expect.stringContaining('app/0002_hasty.sql, statement 2, has a foreign key or a view and runs without'),
    });
    const left = await rig.admin.query<{ name: string }>(
      `select conname as name from pg_constraint where conname = 'sale_product_fkey' and conrelid = cast('hasty.sale' as regclass)
       union select indexname from pg_indexes where schemaname = 'hasty' and indexname = 'sale_product'`,
    );
    expect(left).toEqual([]);
  });

  it('may refresh a view in a file without a transaction', async () => {
    const views = 'create materialized view sold as select id from sale; create unique index on sold (id);';
    const text = `-- dbpatterns:no-transaction
      -- the view is there; no table references it
      refresh materialized view concurrently shown.sold;`;
    const files = [sale, { name: 'app/0002_sold.sql', text: views }, { name: 'app/0003_refresh.sql', text }];
    await expect(applied(alone('shown'), [...kit, ...files])).resolves.toBeDefined();
  });

  it('may point at what is declared', async () => {
    const module: Module = { schema: 'declared', tables: [{ table: 'catalog.product', use: 'references' }] };
    const declared = await applied(module, [...kit, sale, reaching]);
    await declared.query("insert into sale (id, product) values ('1', 'lantern')");
    await expect(declared.query("insert into sale (id, product) values ('2', 'nothing')")).rejects.toThrow(/23503/);
    await expect(declared.query('select price from catalog.product')).rejects.toThrow(/42501/);
  });
});

describe('a part of a database that is shared', () => {
  it('reaches the tables that are named, and no other', async () => {
    await rig.admin.query('create table public.customer (id text primary key, name text)');
    await rig.admin.query('create table public.invoice (id text primary key)');
    await rig.admin.query('create table public.salary (id text primary key)');
    const tables = [
      { table: 'public.customer', use: 'reads' },
      { table: 'public.invoice', use: 'writes' },
    ] as const;
    const writer = await applied({ schema: 'billing', tables }, [...kit]);
    await writer.query("insert into public.invoice (id) values ('1')");
    await expect(writer.query('select id from public.invoice')).resolves.toEqual([{ id: '1' }]);
    await expect(writer.query('select id from public.customer')).resolves.toEqual([]);
    await expect(writer.query("insert into public.customer (id) values ('1')")).rejects.toThrow(/42501/);
    await expect(writer.query('select id from public.salary')).rejects.toThrow(/42501/);
    const reader = await applied({ schema: 'billing', tables }, [...kit], 'reader');
    await expect(reader.query("insert into public.invoice (id) values ('2')")).rejects.toThrow(/42501/);
    await expect(reader.query('select id from public.invoice')).resolves.toEqual([{ id: '1' }]);
  });

  it('loses what is not named any more, and no other part loses it', async () => {
    await rig.admin.query('create schema crm');
    await rig.admin.query('create table crm.contact (id text primary key)');
    await rig.admin.query('create table crm.call (id text primary key)');
    await rig.admin.query('create table public.parcel (id text primary key)');
    const writes = ['crm.contact', 'crm.call', 'public.parcel'].map((table) => ({ table, use: 'writes' as const }));
    const sales = await applied({ schema: 'sales', tables: writes }, [...kit, sale]);
    const support = await applied({ schema: 'support', tables: writes }, [...kit]);
    for (const table of ['crm.contact', 'crm.call', 'public.parcel']) {
      await sales.query(`insert into ${table} (id) values ('1')`);
    }

    await applied({ schema: 'sales', tables: [{ table: 'crm.contact', use: 'reads' }] }, [...kit, sale]);
    await expect(sales.query('select id from crm.contact')).resolves.toEqual([{ id: '1' }]);
    await expect(sales.query("insert into crm.contact (id) values ('2')")).rejects.toThrow(/42501/);
    await expect(sales.query('select id from crm.call')).rejects.toThrow(/42501/);
    await expect(sales.query('select id from public.parcel')).rejects.toThrow(/42501/);

    await applied(alone('sales'), [...kit, sale]);
    await expect(sales.query('select id from crm.contact')).rejects.toThrow(/42501/);
    await expect(sales.query("insert into sale (id, product) values ('1', 'lantern')")).resolves.toEqual([]);
    await expect(support.query("insert into crm.call (id) values ('2')")).resolves.toEqual([]);
    const [usage] = await rig.admin.query<{ usage: boolean }>(
      'select has_schema_privilege(:name, :schema, :right) as usage',
      { name: `${rig.address.database}_sales_writer`, schema: 'crm', right: 'usage' },
    );
    expect(usage).toEqual({ usage: false });
  });
});
