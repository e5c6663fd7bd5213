import {
  BeginTransactionCommand,
  CommitTransactionCommand,
  ExecuteStatementCommand,
  type ExecuteStatementCommandInput,
} from '@aws-sdk/client-rds-data';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, MariaDbSession } from '../../../local/data-api/mariadb/session.js';
import { clusterArn, FIRST_USE, openDataApi, secretArn, startShop } from './support.js';

/** As the service refuses it. */
const TOO_LARGE = { name: 'UnsupportedResultException', message: 'The result exceeds the size limit 1 MB.' };

const target = { resourceArn: clusterArn, secretArn, database: 'shop' };

let shop: Awaited<ReturnType<typeof startShop>>;
let api: Awaited<ReturnType<typeof openDataApi>>;

beforeAll(async () => {
  shop = await startShop();
  api = await openDataApi(shop.server.port);
  await run('create sequence made');
  await run('create table product (id int)');
}, FIRST_USE);

afterAll(async () => {
  await api.close();
  await shop.stop();
});

function run(sql: string, rest: Partial<ExecuteStatementCommandInput> = {}) {
  return api.client.send(new ExecuteStatementCommand({ ...target, sql, ...rest }));
}

const number = async (sql: string, rest: Partial<ExecuteStatementCommandInput> = {}) =>
  (await run(sql, rest)).records?.[0]?.[0]?.longValue ?? Number.NaN;

describe('a result that is too large', () => {
  it('is read no further than its limit, and the engine makes little more of it', async () => {
    const sql = `select nextval(made), repeat('x', 10000) from seq_1_to_50000000`;
    await expect(run(sql)).rejects.toMatchObject(TOO_LARGE);
    // 105 rows are too large; what was on its way when the engine was told are some megabytes
    expect(await number('select next_not_cached_value from made')).toBeLessThan(10_000);
  });

  it('leaves its transaction alone, and the statement after it', async () => {
    const { transactionId } = await api.client.send(new BeginTransactionCommand(target));
    await run('insert into product values (1)', { transactionId });
    for (let time = 0; time < 3; time += 1) {
      for (const sql of [`select repeat('x', 1048576)`, `select seq from seq_1_to_50000000`]) {
        await expect(run(sql, { transactionId })).rejects.toMatchObject(TOO_LARGE);
        expect(await number('select count(*) from seq_1_to_100', { transactionId })).toBe(100);
      }
    }
    await api.client.send(new CommitTransactionCommand({ resourceArn: clusterArn, secretArn, transactionId }));
    expect(await number('select count(*) from product')).toBe(1);
  });

  it('leaves what its statement changes, and a procedure whole', async () => {
    const large = `select repeat('x', 10000) from seq_1_to_5000`;
    await run('create table line (s text)');
    await expect(run(`insert into line ${large} returning s`)).rejects.toMatchObject(TOO_LARGE);
    expect(await number('select count(*) from line')).toBe(5_000);
    await run(`create procedure twice() begin delete from line; ${large}; insert into line values ('last'); end`);
    await expect(run('call twice()')).rejects.toMatchObject(TOO_LARGE);
    expect(await number('select count(*) from line')).toBe(1);
  });

  it('of a query with comments and parentheses before it is read no further as well', async () => {
    const before = '# one\n-- two\n/* three * four */ (';
    await expect(
      run(`${before}select nextval(made), repeat('x', 10000) from seq_1_to_50000000)`),
    ).rejects.toMatchObject(TOO_LARGE);
    expect(await number('select 1')).toBe(1);
  });

  it('is refused, though read to its end, where the engine cannot be told', async () => {
    const login = { host: '127.0.0.1', port: shop.server.port, user: 'shop', password: 'shop', database: 'shop' };
    const session = new MariaDbSession(await connect(login), () => Promise.reject(new Error('away')));
    const statement = { parameters: new Map(), describe: false, sizeLimit: 5_000 };
    const large = await session.run({ ...statement, sql: `select repeat('x', 1000) from seq_1_to_10000` });
    expect(large.rows).toHaveLength(4);
    expect(large.size).toBeGreaterThan(5_000);
    const small = await session.run({ ...statement, sql: 'select 1' });
    expect(small.rows).toEqual([['1']]);
    await session.release();
  });
});
