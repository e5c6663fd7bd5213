import {
  BeginTransactionCommand,
  CommitTransactionCommand,
  ExecuteStatementCommand,
  RDSDataClient,
  type ExecuteStatementCommandInput,
} from '@aws-sdk/client-rds-data';
import { beforeAll, describe, expect, it } from 'vitest';
import { uniqueDatabase } from '../../support/cloud.js';

/** As the service refuses it. */
const TOO_LARGE = { name: 'UnsupportedResultException', message: 'The result exceeds the size limit 1 MB.' };

let client: RDSDataClient;
let target: { resourceArn: string; secretArn: string; database: string };

beforeAll(async () => {
  const { clusterArn: resourceArn, secretArn, database } = await uniqueDatabase('large');
  target = { resourceArn, secretArn, database };
  client = new RDSDataClient({ maxAttempts: 1 });
  await run('create sequence made');
  await run('create table product (id bigint)');
});

function run(sql: string, rest: Partial<ExecuteStatementCommandInput> = {}) {
  return client.send(new ExecuteStatementCommand({ ...target, sql, ...rest }));
}

const number = async (sql: string) => (await run(sql)).records?.[0]?.[0]?.longValue ?? Number.NaN;

describe('a result that is too large', () => {
  it('is read no further than its limit, and the engine makes no more of it', async () => {
    await expect(run(`select nextval('made'), generate_series(1, 50000000)`)).rejects.toMatchObject(TOO_LARGE);
    // two octets a row, four a column, and the digits: more than 16 of them
    expect(await number('select last_value from made')).toBeLessThan((1024 * 1024) / 16 + 1_000);
  });

  it('leaves its transaction and what it reads from free', async () => {
    const { transactionId } = await client.send(new BeginTransactionCommand(target));
    await run('insert into product values (1), (2)', { transactionId });
    await expect(run('select generate_series(1, 50000000) from product', { transactionId })).rejects.toMatchObject(
      TOO_LARGE,
    );
    await run('alter table product add column sku text', { transactionId });
    const { resourceArn, secretArn } = target;
    await client.send(new CommitTransactionCommand({ resourceArn, secretArn, transactionId }));
    expect(await number('select count(sku is null) from product')).toBe(2);
  });

  it('is one of few rows, too', async () => {
    await expect(run(`select repeat('x', 1048576)`)).rejects.toMatchObject(TOO_LARGE);
    expect(await number('select 1')).toBe(1);
  });
});

describe('a result of many rows', () => {
  it.each([999, 1_000, 1_001, 2_000, 50_000])('of %i comes whole and in order', async (count) => {
    const { records = [] } = await run(`select generate_series(1, ${count})`);
    expect(records.map(([field]) => field?.longValue)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
  });

  it('that fails on the way is an error of the engine, and the session goes on', async () => {
    const sql = 'select 1 / (5000 - generate_series(1, 10000))';
    await expect(run(sql)).rejects.toMatchObject({ message: 'ERROR: division by zero; SQLState: 22012' });
    expect(await number('select 1')).toBe(1);
  });
});
