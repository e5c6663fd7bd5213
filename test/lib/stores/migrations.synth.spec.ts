import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PostgresStore, StoreAccess } from '../../../lib/index.js';
import { CLUSTER_ARN, SECRET_ARN } from '../support/shop.js';
import { findingsOf, newHandler, newStack, Synthesised, temporaryFolder } from '../support/synthesis.js';

const APPLIED = 'Custom::DatabaseMigrations';
const existing = { clusterArn: CLUSTER_ARN, secretArn: SECRET_ARN, databaseName: 'catalog' };

function sqlFiles(files: Record<string, string>): string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

function checksumOf(files: Record<string, string>): unknown {
  const stack = newStack();
  PostgresStore.fromDataApi(stack, 'Products', { ...existing, migrations: sqlFiles(files) });
  return new Synthesised(stack).only(APPLIED).Properties?.['Checksum'];
}

describe('the migrations of a PostgreSQL store', () => {
  it('are applied before any function that uses the store is switched', () => {
    const stack = newStack();
    const store = PostgresStore.fromDataApi(stack, 'Products', existing);
    const handler = newHandler(stack);
    store.wire(handler, StoreAccess.READ);
    const synthesised = new Synthesised(stack);
    expect(synthesised.dependenciesOf(handler)).toContain(synthesised.only(APPLIED).id);
  });

  it('wait for the instances of a new cluster', () => {
    const stack = newStack();
    new PostgresStore(stack, 'Products');
    const synthesised = new Synthesised(stack);
    expect(synthesised.only(APPLIED).DependsOn).toContain(synthesised.only('AWS::RDS::DBInstance').id);
  });

  it('know the master of the database', () => {
    const stack = newStack();
    const store = PostgresStore.fromDataApi(stack, 'Products', existing);
    expect(new Synthesised(stack).variable(store.migrationFunction, 'DBPATTERNS_MIGRATIONS')).toEqual({
      clusterArn: CLUSTER_ARN,
      secretArn: SECRET_ARN,
      database: 'catalog',
      users: [],
    });
  });

  it('know the master that RDS manages', () => {
    const stack = newStack();
    const store = new PostgresStore(stack, 'Products');
    const synthesised = new Synthesised(stack);
    const cluster = synthesised.only('AWS::RDS::DBCluster').id;
    expect(synthesised.variable(store.migrationFunction, 'DBPATTERNS_MIGRATIONS')).toMatchObject({
      secretArn: `<${cluster}.MasterUserSecret.SecretArn>`,
    });
    expect(synthesised.allowed(store.migrationFunction)).toContain(
      `secretsmanager:GetSecretValue <${cluster}.MasterUserSecret.SecretArn>`,
    );
  });

  it('make the users that are needed, those too that are needed later in the app', () => {
    const stack = newStack();
    const store = PostgresStore.fromDataApi(stack, 'Products', existing);
    store.wire(newHandler(stack), StoreAccess.READ);
    const reader = store.userSecret(StoreAccess.READ);
    const synthesised = new Synthesised(stack);
    expect(synthesised.only(APPLIED).Properties?.['Users']).toEqual([
      { name: 'catalog_reader', access: 'reader', secretArn: { Ref: synthesised.idOf(reader) } },
    ]);
    expect(synthesised.variable(store.migrationFunction, 'DBPATTERNS_MIGRATIONS')).toMatchObject({
      users: [{ name: 'catalog_reader', access: 'reader', secretArn: `<${synthesised.idOf(reader)}>` }],
    });
    expect(synthesised.allowed(store.migrationFunction)).toContain(
      `secretsmanager:GetSecretValue <${synthesised.idOf(reader)}>`,
    );
  });

  it('run again when a file is added or changed, and not otherwise', () => {
    const first = checksumOf({ '0001_products.sql': 'create table product ();' });
    expect(checksumOf({ '0001_products.sql': 'create table product ();' })).toBe(first);
    expect(checksumOf({ '0001_products.sql': 'create table products ();' })).not.toBe(first);
    expect(
      checksumOf({ '0001_products.sql': 'create table product ();', '0002_more.sql': 'create table more ();' }),
    ).not.toBe(first);
  });

  it('can be found by a deploy command', () => {
    const stack = newStack();
    const store = PostgresStore.fromDataApi(stack, 'Products', existing);
    const synthesised = new Synthesised(stack);
    const { Metadata } = synthesised.resource(synthesised.idOf(store.migrationFunction));
    expect(Metadata).toMatchObject({ 'cdk-database-patterns': 'migrations' });
  });

  it('say all that is wrong with their directory at once', () => {
    const folder = sqlFiles({
      '0001_products.sql': 'create table product ();',
      '0001_again.sql': 'create table again ();',
      '2_late.sql': 'select 1;',
      'notes.md': 'notes',
      '0003_empty.sql': '\n',
    });
    mkdirSync(join(folder, '.git'));
    const stack = newStack();
    PostgresStore.fromDataApi(stack, 'Products', { ...existing, migrations: folder });
    const findings = findingsOf(stack);
    expect(findings).toContain('migrations "0001_again.sql" and "0001_products.sql" have the same number');
    expect(findings).toContain('holds "2_late.sql", which is no migration; name it as in 0001_products.sql');
    expect(findings).toContain('holds "notes.md"');
    expect(findings).toContain('migration "0003_empty.sql" is empty');
    expect(findings).not.toContain('.git');
  });

  it('say that their directory is missing, and where it was looked for', () => {
    const stack = newStack();
    PostgresStore.fromDataApi(stack, 'Products', { ...existing, migrations: 'no/such/sql' });
    expect(findingsOf(stack)).toContain(
      `[Shop/Products/Migrations] migrations is "no/such/sql", and there is no directory ${join(process.cwd(), 'no/such/sql')}`,
    );
  });

  it('say that their directory is empty', () => {
    const stack = newStack();
    PostgresStore.fromDataApi(stack, 'Products', { ...existing, migrations: sqlFiles({}) });
    expect(findingsOf(stack)).toContain('which is empty; leave the property out');
  });
});
