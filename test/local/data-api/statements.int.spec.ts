import { ExecuteStatementCommand, RDSDataClient, type ExecuteStatementCommandInput } from '@aws-sdk/client-rds-data';
import { beforeAll, describe, expect, it } from 'vitest';
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
  it.each([
    ['true', { booleanValue: true }],
    ['7::int', { longValue: 7 }],
    ['2::int8', { longValue: 2 }],
    ['1.5::float8', { doubleValue: 1.5 }],
    ['1.20::numeric', { stringValue: '1.20' }],
    [`'a'::text`, { stringValue: 'a' }],
    ['null::text', { isNull: true }],
    [`'{"a":1}'::jsonb`, { stringValue: '{"a":1}' }],
    [`'2011-01-02 03:04:05.678+01'::timestamptz`, { stringValue: '2011-01-02 02:04:05.678' }],
    [`'2011-01-02 03:04:05'::timestamp`, { stringValue: '2011-01-02 03:04:05' }],
    [`'2011-01-02'::date`, { stringValue: '2011-01-02' }],
    [`'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid`, { stringValue: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11' }],
    ['array[1,2]', { arrayValue: { longValues: [1, 2] } }],
    [`array['a','b,c']`, { arrayValue: { stringValues: ['a', 'b,c'] } }],
    ['array[true]', { arrayValue: { booleanValues: [true] } }],
  ])('has %s as the service has it', async (expression, field) => {
    expect(await one(expression)).toEqual(field);
  });

  it('has bytes as bytes', async () => {
    const field = await one(`'\\x0102'::bytea`);
    expect([...(field?.blobValue ?? [])]).toEqual([1, 2]);
  });

  it('keeps every digit of a bigint when they are wanted as strings', async () => {
    const field = await one('9007199254740993::int8', { resultSetOptions: { longReturnType: 'STRING' } });
    expect(field).toEqual({ stringValue: '9007199254740993' });
  });

  it('has decimals as numbers when they are wanted so', async () => {
    expect(await one('1.20::numeric', { resultSetOptions: { decimalReturnType: 'DOUBLE_OR_LONG' } })).toEqual({
      doubleValue: 1.2,
    });
  });

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

  it('comes as JSON when asked, without records and metadata', async () => {
    const answer = await run(`select 1 as n, 'a"b' as s, null as nothing, array[1,2] as list, 1.50 as price`, {
      formatRecordsAs: 'JSON',
      includeResultMetadata: true,
    });
    expect(JSON.parse(answer.formattedRecords ?? '')).toEqual([
      { n: 1, s: 'a"b', nothing: null, list: [1, 2], price: '1.50' },
    ]);
    expect(answer.records).toBeUndefined();
    expect(answer.columnMetadata).toBeUndefined();
  });

  it('counts the rows that a statement changed', async () => {
    await run(`insert into product (sku, price) values ('c1', 1), ('c2', 2)`);
    const { numberOfRecordsUpdated, records, generatedFields } = await run(
      `update product set price = 3 where sku in ('c1', 'c2')`,
    );
    expect({ numberOfRecordsUpdated, records, generatedFields }).toEqual({
      numberOfRecordsUpdated: 2,
      records: undefined,
      generatedFields: [],
    });
  });

  it('may be 1 MiB of data, in rows of any size', async () => {
    const fits = await run(`select repeat('x', 1000) from generate_series(1, 1042)`);
    expect(fits.records).toHaveLength(1042);
    await expect(run(`select repeat('x', 1000) from generate_series(1, 1043)`)).rejects.toMatchObject({
      name: 'UnsupportedResultException',
      message: 'The result exceeds the size limit 1 MB.',
    });
    await expect(one(`repeat('x', 500000)`)).resolves.toBeDefined();
  });
});

describe('a parameter of the Data API', () => {
  it('arrives with its type and its hint', async () => {
    await run('insert into product (sku, price, added) values (:sku, :price, :added)', {
      parameters: [
        { name: 'sku', value: { stringValue: `it's` } },
        { name: 'price', value: { stringValue: '2.50' }, typeHint: 'DECIMAL' },
        { name: 'added', value: { stringValue: '2011-01-02 03:04:05' }, typeHint: 'TIMESTAMP' },
      ],
    });
    const { records } = await run('select price, added from product where sku = :sku', {
      parameters: [{ name: 'sku', value: { stringValue: `it's` } }],
    });
    expect(records).toEqual([[{ stringValue: '2.50' }, { stringValue: '2011-01-02 03:04:05' }]]);
  });

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

  it('meets several statements in one', async () => {
    await expect(run('select 1; select 2')).rejects.toMatchObject({
      name: 'ValidationException',
      message: "Multistatements aren't supported.",
    });
  });

  it('meets arrays as parameters', async () => {
    const parameters = [{ name: 'a', value: { arrayValue: { longValues: [1] } } }];
    await expect(run('select :a', { parameters })).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'Array parameters are not supported',
    });
  });

  it('meets multidimensional arrays as results', async () => {
    await expect(run('select array[[1],[2]]')).rejects.toMatchObject({ name: 'UnsupportedResultException' });
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

  it('that the engine ends fails the statement of its caller, and nothing else', async () => {
    const ended = run('select pg_terminate_backend(pg_backend_pid())');
    await expect(ended).rejects.toMatchObject({
      name: 'DatabaseErrorException',
      message: expect.stringContaining('SQLState: 57P01'),
    });
    expect(await one('1')).toEqual({ longValue: 1 });
  });
});
