import {
  BeginTransactionCommand,
  CommitTransactionCommand,
  ExecuteStatementCommand,
  RDSDataClient,
  RollbackTransactionCommand,
} from '@aws-sdk/client-rds-data';
import { beforeAll, describe, expect, it } from 'vitest';
import { uniqueDatabase } from '../../support/cloud.js';
import { ownServer } from './own-server.js';

let client: RDSDataClient;
let target: { resourceArn: string; secretArn: string; database: string };
let url: string;
let owner: { resourceArn: string; secretArn: string };

beforeAll(async () => {
  const made = await uniqueDatabase('transactions');
  const { clusterArn, secretArn, database } = made;
  url = made.url;
  owner = { resourceArn: clusterArn, secretArn };
  target = { ...owner, database };
  client = new RDSDataClient();
  await run('create table entry (id int primary key)');
});

function run(sql: string, transactionId?: string) {
  return client.send(new ExecuteStatementCommand({ ...target, sql, transactionId }));
}

async function begin(): Promise<string> {
  return (await client.send(new BeginTransactionCommand(target))).transactionId ?? '';
}

async function count(from: number, to: number) {
  return (await run(`select count(*) from entry where id between ${from} and ${to}`)).records?.[0]?.[0]?.longValue;
}

describe('a transaction of the Data API', () => {
  it('is seen by others when it is committed, not before', async () => {
    const transactionId = await begin();
    await run('insert into entry values (10), (11)', transactionId);
    expect(await count(10, 19)).toBe(0);
    const answer = await client.send(new CommitTransactionCommand({ ...owner, transactionId }));
    expect(answer.transactionStatus).toBe('Transaction Committed');
    expect(await count(10, 19)).toBe(2);
  });

  it('leaves nothing when it is rolled back', async () => {
    const transactionId = await begin();
    await run('insert into entry values (20)', transactionId);
    const answer = await client.send(new RollbackTransactionCommand({ ...owner, transactionId }));
    expect(answer.transactionStatus).toBe('Rollback Complete');
    expect(await count(20, 29)).toBe(0);
  });

  it('is gone when it has ended, and one that never was is not found', async () => {
    const transactionId = await begin();
    await client.send(new RollbackTransactionCommand({ ...owner, transactionId }));
    await expect(run('select 1', transactionId)).rejects.toMatchObject({
      name: 'TransactionNotFoundException',
      message: `Transaction ${transactionId} is not found. One previous call resulted in a termination of your transaction.`,
    });
    await expect(run('select 1', 'invented')).rejects.toMatchObject({
      name: 'TransactionNotFoundException',
      message: 'Transaction invented is not found. Transaction may be expired.',
    });
  });

  it('belongs to the cluster and the secret that began it', async () => {
    const transactionId = await begin();
    const other = await uniqueDatabase('other');
    const foreign = { resourceArn: other.clusterArn, secretArn: other.secretArn, transactionId };
    await expect(client.send(new CommitTransactionCommand(foreign))).rejects.toMatchObject({
      name: 'TransactionNotFoundException',
    });
    await client.send(new RollbackTransactionCommand({ ...owner, transactionId }));
  });

  it('takes one statement at a time, as in the service', async () => {
    const transactionId = await begin();
    const slow = run('select pg_sleep(0.3)', transactionId);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await expect(run('select 1', transactionId)).rejects.toThrow('Transaction is still running a query');
    await slow;
    await client.send(new RollbackTransactionCommand({ ...owner, transactionId }));
  });

  it('does not say that it was committed after a statement of it failed', async () => {
    const transactionId = await begin();
    await run('insert into entry values (30)', transactionId);
    await expect(run('insert into entry values (30)', transactionId)).rejects.toThrow(/SQLState: 23505/);
    await expect(run('select 1', transactionId)).rejects.toThrow(/SQLState: 25P02/);
    await expect(client.send(new CommitTransactionCommand({ ...owner, transactionId }))).rejects.toThrow(
      /SQLState: 25P02/,
    );
    expect(await count(30, 39)).toBe(0);
  });

  it('is gone when the engine ends its session, which is then free for others', async () => {
    // more than there are sessions for one user
    for (let round = 0; round < 25; round++) {
      const transactionId = await begin();
      await expect(run('select pg_terminate_backend(pg_backend_pid())', transactionId)).rejects.toThrow(/57P01/);
      await expect
        .poll(() => run('select 1', transactionId).catch((error: unknown) => (error as Error).name))
        .toBe('TransactionNotFoundException');
    }
  });

  it('is rolled back when nobody uses it', async () => {
    const { server, client: impatient } = await ownServer(url, { transactionIdleTimeout: 100 });
    const { transactionId } = await impatient.send(new BeginTransactionCommand(target));
    const insert = { ...target, transactionId, sql: 'insert into entry values (40)' };
    await impatient.send(new ExecuteStatementCommand(insert));
    await new Promise((resolve) => setTimeout(resolve, 250));
    await expect(impatient.send(new CommitTransactionCommand({ ...owner, transactionId }))).rejects.toMatchObject({
      name: 'TransactionNotFoundException',
      message: expect.stringMatching(/is not found\. Transaction may be expired\.$/),
    });
    await expect(run('insert into entry values (40)')).resolves.toBeDefined();
    await server.close();
  });

  it('is rolled back when it is too old, also while it is used', async () => {
    const { server, client: impatient } = await ownServer(url, { transactionLifetime: 300 });
    const { transactionId } = await impatient.send(new BeginTransactionCommand(target));
    const sql = 'insert into entry values (60)';
    await impatient.send(new ExecuteStatementCommand({ ...target, transactionId, sql }));
    const slow = new ExecuteStatementCommand({ ...target, transactionId, sql: 'select pg_sleep(5)' });
    await expect(impatient.send(slow)).rejects.toThrow(/57014/);
    await expect(impatient.send(new CommitTransactionCommand({ ...owner, transactionId }))).rejects.toMatchObject({
      name: 'TransactionNotFoundException',
    });
    expect(await count(60, 69)).toBe(0);
    await server.close();
  });

  it('goes on when a result of it was too large', async () => {
    const transactionId = await begin();
    await run('insert into entry values (70)', transactionId);
    await expect(run(`select repeat('x', 2000000)`, transactionId)).rejects.toThrow(/size limit 1 MB/);
    await client.send(new CommitTransactionCommand({ ...owner, transactionId }));
    expect(await count(70, 79)).toBe(1);
  });

  it('is busy while a statement goes on that its caller no longer waits for', async () => {
    const { server, client: impatient } = await ownServer(url, { statementTimeout: 100 });
    const { transactionId } = await impatient.send(new BeginTransactionCommand(target));
    const call = { ...target, transactionId };
    const sql = 'insert into entry select 80 from pg_sleep(0.4)';
    const slow = new ExecuteStatementCommand({ ...call, sql, continueAfterTimeout: true });
    await expect(impatient.send(slow)).rejects.toMatchObject({ name: 'StatementTimeoutException' });
    const next = () =>
      impatient.send(new ExecuteStatementCommand({ ...call, sql: 'select id from entry where id = 80' }));
    await expect(next()).rejects.toThrow('Transaction is still running a query');
    await expect.poll(() => next().catch(asError), { timeout: 3000 }).toMatchObject({ records: [[{ longValue: 80 }]] });
    await server.close();
  });
});

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

describe('a statement outside a transaction', () => {
  it('commits alone', async () => {
    await run('insert into entry values (50)');
    await expect(run('insert into entry values (51), (50)')).rejects.toThrow(/SQLState: 23505/);
    expect(await count(50, 59)).toBe(1);
  });
});
