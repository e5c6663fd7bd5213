import {
  BatchExecuteStatementCommand,
  BeginTransactionCommand,
  CommitTransactionCommand,
  ExecuteStatementCommand,
  RDSDataClient,
  RollbackTransactionCommand,
  type ExecuteStatementCommandInput,
} from '@aws-sdk/client-rds-data';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connect, MariaDbSession } from '../../../local/data-api/mariadb/session.js';
import { startDataApi } from '../../../local/data-api/standalone.js';
import { inTime } from '../../../local/data-api/timeouts.js';
import { asRoot } from '../../../local/mariadb/server.js';
import { clusterArn, FIRST_USE, openDataApi, secretArn, startShop } from './support.js';

const STATEMENT_TIMEOUT = 1_000;
const target = { resourceArn: clusterArn, secretArn, database: 'shop' };

let shop: Awaited<ReturnType<typeof startShop>>;
let api: Awaited<ReturnType<typeof openDataApi>>;

beforeAll(async () => {
  shop = await startShop();
  api = await openDataApi(shop.server.port, { statementTimeout: STATEMENT_TIMEOUT });
  await run('create table product (id int unsigned auto_increment primary key, sku varchar(20) unique, stock int)');
}, FIRST_USE);

afterEach(() => run('delete from product'));

afterAll(async () => {
  await api.close();
  await shop.stop();
});

function run(sql: string, rest: Partial<ExecuteStatementCommandInput> = {}) {
  return api.client.send(new ExecuteStatementCommand({ ...target, sql, ...rest }));
}

async function one(expression: string, rest: Partial<ExecuteStatementCommandInput> = {}) {
  return (await run(`select ${expression}`, rest)).records?.[0]?.[0];
}

async function stocks(rest: Partial<ExecuteStatementCommandInput> = {}) {
  const { records = [] } = await run('select sku, stock from product order by sku', rest);
  return new Map(records.map(([sku, stock]) => [sku?.stringValue, stock?.longValue]));
}

async function begin() {
  const { transactionId } = await api.client.send(new BeginTransactionCommand(target));
  if (transactionId === undefined) throw new Error('no transaction');
  const end = { resourceArn: clusterArn, secretArn, transactionId };
  return {
    transactionId,
    commit: () => api.client.send(new CommitTransactionCommand(end)),
    rollback: () => api.client.send(new RollbackTransactionCommand(end)),
  };
}

describe('a statement', () => {
  it('tells the keys that the engine generated, and how many rows matched', async () => {
    const first = await run(`insert into product (sku, stock) values ('a', 1), ('b', 1)`);
    expect(first.generatedFields).toEqual([{ longValue: expect.any(Number) as number }]);
    expect(first.numberOfRecordsUpdated).toBe(2);
    const second = await run(`insert into product (sku, stock) values ('c', 1)`);
    expect(second.generatedFields?.[0]?.longValue).toBe((first.generatedFields?.[0]?.longValue ?? 0) + 2);
    const update = await run('update product set stock = 1');
    expect(update).toMatchObject({ numberOfRecordsUpdated: 3, generatedFields: [] });
  });

  it('in a batch, tells the keys set by set', async () => {
    const set = (sku: string) => [{ name: 'sku', value: { stringValue: sku } }];
    const sql = 'insert into product (sku) values (:sku)';
    const { updateResults = [] } = await api.client.send(
      new BatchExecuteStatementCommand({ ...target, sql, parameterSets: [set('a'), set('b')] }),
    );
    const [first, second] = updateResults.map(({ generatedFields }) => generatedFields?.[0]?.longValue ?? 0);
    expect(second).toBe((first ?? 0) + 1);
  });

  it('that takes too long is ended, and its session is not', async () => {
    await run(`insert into product (sku, stock) values ('a', 1)`);
    const tx = await begin();
    await run('update product set stock = 2', tx);
    await expect(run('select sleep(30)', tx)).rejects.toMatchObject({ name: 'StatementTimeoutException' });
    expect(await stocks(tx)).toEqual(new Map([['a', 2]]));
    await tx.rollback();
    expect(await stocks()).toEqual(new Map([['a', 1]]));
  });

  it('that goes on after its time comes to its end', async () => {
    const sql = `insert into product (sku, stock) select 'late', sleep(${(STATEMENT_TIMEOUT * 1.5) / 1000})`;
    const late = run(sql, { continueAfterTimeout: true });
    await expect(late).rejects.toMatchObject({ name: 'StatementTimeoutException' });
    expect(await stocks()).toEqual(new Map());
    await expect.poll(() => stocks(), { timeout: 5_000 }).toEqual(new Map([['late', 0]]));
  });

  it('finds nothing of what an earlier one left in its session', async () => {
    await run('set @left = 1');
    await run(`set time_zone = '+05:00'`);
    await run('create temporary table aside (id int)');
    await run('start transaction');
    expect(await one('@left')).toEqual({ isNull: true });
    expect(await one('@@time_zone')).toEqual({ stringValue: '+00:00' });
    expect(await one('@@in_transaction')).toEqual({ longValue: 0 });
    await expect(run('select * from aside')).rejects.toMatchObject({ name: 'DatabaseErrorException' });
  });

  it('of several is refused, and the body of a procedure is none', async () => {
    await expect(run('select 1; select 2')).rejects.toMatchObject({
      name: 'ValidationException',
      message: "Multistatements aren't supported.",
    });
    await run('create procedure both_of() begin select 1 as one; select 2 as two; end');
    expect((await run('call both_of()')).records).toEqual([[{ longValue: 1 }]]);
    expect((await run('select 1;')).records).toEqual([[{ longValue: 1 }]]);
  });
});

describe('a session', () => {
  const login = () => ({ host: '127.0.0.1', port: shop.server.port, user: 'shop', password: 'shop', database: 'shop' });
  const sleepers = (sql: string) =>
    asRoot(shop.server, async (connection) => {
      const [rows] = await connection.query('select id from information_schema.processlist where info = ?', [sql]);
      return Array.isArray(rows) ? rows.length : undefined;
    });

  it('whose engine cannot be told to end its statement goes itself', async () => {
    const session = new MariaDbSession(await connect(login()), () => Promise.reject(new Error('away')));
    let lost = 0;
    session.onLost(() => (lost += 1));
    const slow = { sql: 'select sleep(30)', parameters: new Map(), describe: false, sizeLimit: 1_000 };
    await expect(inTime(session, () => session.run(slow), 100)).rejects.toMatchObject({
      name: 'StatementTimeoutException',
    });
    expect(lost).toBe(1);
    await session.release();
  });

  it('ends with the Data API, and so does what it runs, in a transaction and outside', async () => {
    const own = await openDataApi(shop.server.port);
    const { transactionId } = await own.client.send(new BeginTransactionCommand(target));
    const sql = 'select sleep(61)';
    const calls = [{}, { transactionId }].map((where) =>
      own.client.send(new ExecuteStatementCommand({ ...target, sql, ...where })).catch(() => 'broken'),
    );
    await expect.poll(() => sleepers(sql), { timeout: 5_000 }).toBe(2);
    await own.close();
    await expect.poll(() => sleepers(sql)).toBe(0);
    expect(await Promise.all(calls)).toEqual(['broken', 'broken']);
  });
});

describe('a transaction', () => {
  it('commits and rolls back', async () => {
    const kept = await begin();
    await run(`insert into product (sku, stock) values ('kept', 1)`, kept);
    expect(await stocks()).toEqual(new Map());
    expect((await kept.commit()).transactionStatus).toBe('Transaction Committed');
    const undone = await begin();
    await run(`insert into product (sku, stock) values ('undone', 1)`, undone);
    expect((await undone.rollback()).transactionStatus).toBe('Rollback Complete');
    expect(await stocks()).toEqual(new Map([['kept', 1]]));
  });

  it('goes on after a statement that failed', async () => {
    const tx = await begin();
    await run(`insert into product (sku, stock) values ('a', 1)`, tx);
    await expect(run(`insert into product (sku) values ('a')`, tx)).rejects.toMatchObject({
      name: 'DatabaseErrorException',
      message: "Duplicate entry 'a' for key 'sku'; Error code: 1062; SQLState: 23000",
    });
    await tx.commit();
    expect(await stocks()).toEqual(new Map([['a', 1]]));
  });

  it('is gone when the engine ends its session, and the engine lives on', async () => {
    const tx = await begin();
    const id = (await run('select connection_id()', tx)).records?.[0]?.[0]?.longValue;
    await asRoot(shop.server, (connection) => connection.query(`kill ${id}`));
    const poll = expect.poll(() => run('select 1', tx).catch(String));
    await poll.toContain('TransactionNotFoundException');
    expect(await one('1')).toEqual({ longValue: 1 });
  });

  it('that another one blocks says so', async () => {
    await run(`insert into product (sku, stock) values ('a', 1)`);
    const holder = await begin();
    await run('update product set stock = 2', holder);
    const waiting = await begin();
    await run('set innodb_lock_wait_timeout = 0', waiting);
    await expect(run('update product set stock = 3', waiting)).rejects.toMatchObject({
      name: 'DatabaseErrorException',
      message: 'Lock wait timeout exceeded; try restarting transaction; Error code: 1205; SQLState: HY000',
    });
    await Promise.all([holder.rollback(), waiting.rollback()]);
  });
});

it('a Data API that starts alone has it by its address, with the user in that', async () => {
  const address = `mysql://shop:shop@127.0.0.1:${shop.server.port}`;
  const server = await startDataApi({ postgres: [], mariadb: [address], port: 0 });
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  const client = new RDSDataClient({ endpoint: server.endpoint, region: 'us-east-1', credentials });
  try {
    const { records } = await client.send(
      new ExecuteStatementCommand({ ...target, secretArn: 'arn:aws:secretsmanager:any', sql: 'select current_user()' }),
    );
    expect(records).toEqual([[{ stringValue: 'shop@%' }]]);
  } finally {
    client.destroy();
    await server.close();
  }
});

describe('a deadlock', () => {
  it('undoes what one of the two did so far, and a commit keeps what it did then', async () => {
    await run(`insert into product (sku, stock) values ('a', 0), ('b', 0)`);
    const [first, second] = await Promise.all([begin(), begin()]);
    const take = (sku: string, tx: typeof first) =>
      run(`update product set stock = stock + 1 where sku = '${sku}'`, tx);
    await take('a', first);
    await take('b', second);
    const crossed = await Promise.allSettled([take('b', first), take('a', second)]);
    const lost = crossed.findIndex(({ status }) => status === 'rejected');
    expect(crossed[lost]).toMatchObject({
      reason: { message: expect.stringMatching(/^Deadlock found .*; Error code: 1213; SQLState: 40001$/) as string },
    });
    const [loser, winner] = lost === 0 ? [first, second] : [second, first];
    await winner.commit();
    expect(await stocks()).toEqual(
      new Map([
        ['a', 1],
        ['b', 1],
      ]),
    );
    await run(`insert into product (sku, stock) values ('after', 1)`, loser);
    expect((await stocks()).has('after')).toBe(false);
    await loser.commit();
    expect(await stocks()).toEqual(
      new Map([
        ['a', 1],
        ['after', 1],
        ['b', 1],
      ]),
    );
  });
});

describe('a user', () => {
  it('with the wrong password is refused in the words of the engine', async () => {
    await expect(run('select 1', { secretArn: `${secretArn}-other` })).rejects.toMatchObject({
      name: 'DatabaseErrorException',
      message: expect.stringMatching(/^Access denied for user 'shop'@.*; Error code: 1045; SQLState: 28000$/) as string,
    });
  });

  it('needs no database, and meets no unknown or foreign one', async () => {
    const { database: _, ...nowhere } = target;
    const { records } = await api.client.send(new ExecuteStatementCommand({ ...nowhere, sql: 'select database()' }));
    expect(records).toEqual([[{ isNull: true }]]);
    await expect(run('select 1', { database: 'mysql' })).rejects.toMatchObject({
      message: expect.stringContaining('; Error code: 1044; SQLState: 42000') as string,
    });
  });

  it('of a server that is away is told so', async () => {
    const away = await openDataApi(1);
    try {
      const asked = away.client.send(new ExecuteStatementCommand({ ...target, sql: 'select 1' }));
      await expect(asked).rejects.toMatchObject({ name: 'DatabaseUnavailableException' });
    } finally {
      await away.close();
    }
  });
});
