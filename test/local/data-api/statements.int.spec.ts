import {
  BeginTransactionCommand,
  ExecuteStatementCommand,
  RDSDataClient,
  RollbackTransactionCommand,
  type ExecuteStatementCommandInput,
} from '@aws-sdk/client-rds-data';
import pg from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import { PostgresSession } from '../../../local/data-api/postgres/session.js';
import { inTime } from '../../../local/data-api/timeouts.js';
import { uniqueDatabase } from '../../support/cloud.js';
import { ownServer } from './own-server.js';

let client: RDSDataClient;
let url: string;
let target: { resourceArn: string; secretArn: string; database: string };

beforeAll(async () => {
  const made = await uniqueDatabase('statements');
  const { clusterArn, secretArn, database } = made;
  url = made.url;
  target = { resourceArn: clusterArn, secretArn, database };
  client = new RDSDataClient();
  await run(
    'create table product (id bigserial primary key, sku text unique not null, price numeric(10,2), added timestamptz)',
  );
});

function run(sql: string, rest: Partial<ExecuteStatementCommandInput> = {}) {
  return client.send(new ExecuteStatementCommand({ ...target, sql, ...rest }));
}

async function one(expression: string, rest: Partial<ExecuteStatementCommandInput> = {}) {
  return (await run(`select ${expression}`, rest)).records?.[0]?.[0];
}

describe('a result of the Data API', () => {
  it('describes its columns when asked', async () => {
    const { columnMetadata } = await run('select id, sku as code, price from product', { includeResultMetadata: true });
    expect(columnMetadata).toMatchObject([
      {
        label: 'id',
        name: 'id',
        typeName: 'bigserial',
        tableName: 'product',
        nullable: 0,
        isAutoIncrement: true,
        isSigned: true,
      },
      { label: 'code', name: 'sku', typeName: 'text', nullable: 0, isCaseSensitive: true },
      { label: 'price', typeName: 'numeric', precision: 10, scale: 2, nullable: 1, type: 2 },
    ]);
  });

  it('may be 1 MiB of data, in rows of any size', async () => {
    const fits = await run(`select repeat('x', 1000) from generate_series(1, 1042)`);
    expect(fits.records).toHaveLength(1042);
    await expect(run(`select repeat('x', 1000) from generate_series(1, 1043)`)).rejects.toMatchObject({
      name: 'UnsupportedResultException',
      message: 'The result exceeds the size limit 1 MB.',
    });
    const { server, client: asAurora } = await ownServer(url, {});
    const large = new ExecuteStatementCommand({ ...target, sql: `select repeat('x', 500000)` });
    await expect(asAurora.send(large)).resolves.toBeDefined();
    await server.close();
  });
});

describe('a parameter of the Data API', () => {
  it('of text does not become something else by itself, as in the service', async () => {
    const parameters = [{ name: 'price', value: { stringValue: '1' } }];
    await expect(run(`insert into product (sku, price) values ('t', :price)`, { parameters })).rejects.toThrow(
      /SQLState: 42804/,
    );
    await expect(
      run(`insert into product (sku, price) values ('t', :price::numeric)`, { parameters }),
    ).resolves.toBeDefined();
  });

  it.each([
    ['bytes', 'bytea', { blobValue: new Uint8Array([0, 255]) }, { stringValue: '00ff' }, `encode(:v, 'hex')`],
    ['a double', 'float8', { doubleValue: 0.1 }, { doubleValue: 0.1 }, ':v'],
    ['a boolean', 'bool', { booleanValue: true }, { booleanValue: true }, ':v'],
    ['nothing', 'text', { isNull: true }, { isNull: true }, ':v::text'],
  ])('may be %s', async (_what, _type, value, expected, expression) => {
    expect(await one(expression, { parameters: [{ name: 'v', value }] })).toEqual(expected);
  });
});

describe('a refusal of the Data API', () => {
  it("says in the service's words what the engine said", async () => {
    await run(`insert into product (sku) values ('twice')`);
    await expect(run(`insert into product (sku) values ('twice')`)).rejects.toMatchObject({
      name: 'DatabaseErrorException',
      message: 'ERROR: duplicate key value violates unique constraint "product_sku_key"; SQLState: 23505',
    });
  });

  it('meets a statement that runs too long', async () => {
    const { server, client: impatient } = await ownServer(url, { statementTimeout: 150 });
    const slow = new ExecuteStatementCommand({ ...target, sql: 'select pg_sleep(5)' });
    await expect(impatient.send(slow)).rejects.toMatchObject({
      name: 'StatementTimeoutException',
      dbConnectionId: expect.any(Number),
    });
    await server.close();
  });

  it('comes in time also for a statement that shall go on, and it goes on', async () => {
    const { server, client: impatient } = await ownServer(url, { statementTimeout: 150 });
    const sql = `with slow as (select pg_sleep(0.4)) insert into product (sku) select 'late' from slow`;
    const slow = new ExecuteStatementCommand({ ...target, sql, continueAfterTimeout: true });
    await expect(impatient.send(slow)).rejects.toMatchObject({ name: 'StatementTimeoutException' });
    const found = () => one(`count(*) from product where sku = 'late'`);
    expect(await found()).toEqual({ longValue: 0 });
    await expect.poll(found, { timeout: 3000 }).toEqual({ longValue: 1 });
    await server.close();
  });
});

describe('a session of the Data API', () => {
  it('does not carry the settings of one caller to the next', async () => {
    await run(`set application_name = 'mine'`);
    await run('/* whatever stands before it */ begin');
    // within one transaction the time stands still
    expect(await one('now()::text')).not.toEqual(await one('now()::text'));
    await run(`-- of one caller\nset application_name = 'mine'`);
    expect(await one(`current_setting('application_name') <> 'mine'`)).toEqual({ booleanValue: true });
  });

  it('whose engine cannot be told to end its statement goes itself', async () => {
    const pool = new pg.Pool({ connectionString: url });
    const session = new PostgresSession(await pool.connect(), { host: '127.0.0.1', port: 1 });
    let lost = 0;
    session.onLost(() => (lost += 1));
    const slow = { sql: 'select pg_sleep(30)', parameters: new Map(), describe: false, sizeLimit: 1_000 };
    await expect(inTime(session, () => session.run(slow), 100)).rejects.toMatchObject({
      name: 'StatementTimeoutException',
    });
    expect(lost).toBe(1);
    await session.release();
    expect(pool.totalCount).toBe(0);
    await pool.end();
  });

  it('is free for the next caller after a commit that failed behind its statement', async () => {
    await run('create table single (id int unique deferrable initially deferred)');
    const pool = new pg.Pool({ connectionString: url, max: 1 });
    const open = async () => new PostgresSession(await pool.connect(), { connectionString: url });
    const statement = { parameters: new Map(), describe: false, sizeLimit: 1_000 };
    const refused = await open();
    const twice = refused.run({ ...statement, sql: 'insert into single values (1), (1)' });
    await expect(twice).rejects.toMatchObject({ message: expect.stringContaining('SQLState: 23505') });
    const next = open();
    await refused.release();
    const session = await next;
    expect(session.id).toBe(refused.id);
    expect((await session.run({ ...statement, sql: 'select 1' })).rows).toEqual([['1']]);
    await session.release();
    await pool.end();
  });

  it('is had by who waits for one, also where another waited too long', async () => {
    const { server, client: patient } = await ownServer(url, {}, 1_500);
    const { resourceArn, secretArn } = target;
    const begin = () => patient.send(new BeginTransactionCommand(target));
    // all that there are for one user
    const [first] = await Promise.all(Array.from({ length: 20 }, begin));
    const tooLong = begin();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const waiting = patient.send(new ExecuteStatementCommand({ ...target, sql: 'select 1' }));
    await expect(tooLong).rejects.toMatchObject({ name: 'DatabaseUnavailableException' });
    await patient.send(new RollbackTransactionCommand({ resourceArn, secretArn, transactionId: first?.transactionId }));
    expect((await waiting).records).toEqual([[{ longValue: 1 }]]);
    await server.close();
  });

  it('ends with the Data API, and so does what it runs, in a transaction and outside', async () => {
    const { server, client: owner } = await ownServer(url, {});
    const { transactionId } = await owner.send(new BeginTransactionCommand(target));
    const sql = 'select pg_sleep(61)';
    const calls = [{}, { transactionId }].map((where) =>
      owner.send(new ExecuteStatementCommand({ ...target, sql, ...where })).catch(() => 'broken'),
    );
    const running = async () =>
      (await one(`count(*) from pg_stat_activity where state = 'active' and query = '${sql}'`))?.longValue;
    await expect.poll(running, { timeout: 5_000 }).toBe(2);
    await server.close();
    expect(await running()).toBe(0);
    expect(await Promise.all(calls)).toEqual(['broken', 'broken']);
  });

  it('that the engine ends fails the statement of its caller, and nothing else', async () => {
    const ended = run('select pg_terminate_backend(pg_backend_pid())');
    await expect(ended).rejects.toMatchObject({
      name: 'DatabaseErrorException',
      message: expect.stringContaining('SQLState: 57P01'),
    });
    expect(await one('1')).toEqual({ longValue: 1 });
  });
});
