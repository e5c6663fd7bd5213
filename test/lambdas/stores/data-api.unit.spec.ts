import type { RDSDataClient } from '@aws-sdk/client-rds-data';
import { describe, expect, it } from 'vitest';
import { postgresAt, sql, type PostgresClient } from '../../../lambdas/stores/index.js';

const address = { clusterArn: 'cluster', secretArn: 'secret', database: 'catalog' };

/** A service that answers as it is told, one answer a call, and a clock that only waiting moves. */
function database(...answers: (Error | object)[]) {
  let time = 0;
  const waits: number[] = [];
  const calls: string[] = [];
  const client = {
    send: async (command: { constructor: { name: string } }) => {
      calls.push(command.constructor.name);
      const answer = answers.shift() ?? {};
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  const db: PostgresClient = postgresAt(address, {
    client: client as Partial<RDSDataClient> as RDSDataClient,
    now: () => new Date(time),
    random: () => 1,
    sleep: async (milliseconds) => {
      waits.push(milliseconds);
      time += milliseconds;
    },
  });
  return { db, waits, calls };
}

const named = (name: string, message = name, more: object = {}): Error =>
  Object.assign(new Error(message), { name, ...more });
const resuming = named('DatabaseResumingException');
const hungUp = named('Error', 'socket hang up', { code: 'ECONNRESET' });

describe('a database that resumes from its pause', () => {
  it('is waited for, longer each time up to two seconds', async () => {
    const { db, waits } = database(...Array.from({ length: 6 }, () => resuming), { records: [] });
    expect(await db.query('select 1')).toEqual([]);
    expect(waits).toEqual([200, 400, 800, 1600, 2000, 2000]);
  });

  it('is waited for 30 seconds at most', async () => {
    const { db, waits } = database(...Array.from({ length: 100 }, () => resuming));
    await expect(db.query('select 1')).rejects.toMatchObject({ name: 'PostgresUnavailableError', code: 'resuming' });
    expect(waits.reduce((sum, wait) => sum + wait)).toBeLessThanOrEqual(30_000);
    expect(waits.reduce((sum, wait) => sum + wait)).toBeGreaterThan(28_000);
  });

  it('is waited for when a transaction begins', async () => {
    const { db, calls } = database(resuming, { transactionId: 't' }, { records: [] }, {});
    await db.transaction((tx) => tx.query('select 1'));
    expect(calls).toEqual([
      'BeginTransactionCommand',
      'BeginTransactionCommand',
      'ExecuteStatementCommand',
      'CommitTransactionCommand',
    ]);
  });
});

describe('a statement whose answer was lost', () => {
  it('is not sent again, since it may have been run', async () => {
    const { db, calls } = database(hungUp);
    await expect(db.query('update a set b = b + 1')).rejects.toMatchObject({ certain: false });
    expect(calls).toHaveLength(1);
  });

  it('is not sent again either where the writer went away, which may have been while it ran', async () => {
    const { db, calls } = database(named('DatabaseUnavailableException'));
    await expect(db.query('update a set b = b + 1')).rejects.toMatchObject({ code: 'unavailable', certain: false });
    expect(calls).toHaveLength(1);
  });

  it('is sent again, three times in all, if that does no harm', async () => {
    const { db, calls } = database(
      hungUp,
      named('InternalServerErrorException', 'x', { $metadata: { httpStatusCode: 500 } }),
      hungUp,
    );
    await expect(db.query('select 1', {}, { idempotent: true })).rejects.toMatchObject({ code: 'unavailable' });
    expect(calls).toHaveLength(3);
  });

  it('is sent again if it surely was not run', async () => {
    const refused = named('Error', 'x', { code: 'ECONNREFUSED' });
    const { db } = database(refused, named('ThrottlingException'), { numberOfRecordsUpdated: 1 });
    expect(await db.execute(sql('update a set b = 1'))).toBe(1);
  });
});

describe('what the database refuses', () => {
  const refusing = async (message: string): Promise<unknown> => {
    const { db } = database(named('DatabaseErrorException', message));
    return db.query('select 1').catch((error: unknown) => error);
  };

  it('has its SQLSTATE and its constraint, and no values of rows', async () => {
    const error = await refusing(
      'ERROR: duplicate key value violates unique constraint "product_pkey"\n  Detail: Key (id)=(secret) already exists.; SQLState: 23505',
    );
    expect(error).toMatchObject({
      name: 'PostgresError',
      code: 'postgres',
      sqlState: '23505',
      constraint: 'product_pkey',
    });
    expect(String(error)).not.toContain('secret');
  });

  it('does not quote a value that could not be read', async () => {
    const error = await refusing('ERROR: invalid input syntax for type integer: "secret"; SQLState: 22P02');
    expect(error).toMatchObject({ sqlState: '22P02' });
    expect(JSON.stringify(error) + String(error)).not.toContain('secret');
  });

  it.each(['40001', '40P01'])('is a conflict: %s', async (state) => {
    expect(await refusing(`ERROR: x; SQLState: ${state}`)).toMatchObject({ isConflict: true });
  });

  it.each(['57P01', '57P03', '08006', '53300'])('is a database that is away: %s', async (state) => {
    expect(await refusing(`FATAL: x; SQLState: ${state}`)).toMatchObject({ name: 'PostgresUnavailableError' });
  });

  it('is no database that is away when a value is missing', async () => {
    expect(await refusing('ERROR: x; SQLState: 08P01')).toMatchObject({ name: 'PostgresError', sqlState: '08P01' });
  });
});

describe('a statement', () => {
  it('throws what it says for another number of rows', async () => {
    const otherwise = new Error('gone');
    const { db } = database({ numberOfRecordsUpdated: 0 }, { numberOfRecordsUpdated: 2 });
    await expect(db.execute(sql('delete from a', {}, { rows: 1, otherwise }))).rejects.toBe(otherwise);
    await expect(db.execute(sql('delete from a', {}, { rows: 1 }))).rejects.toMatchObject({ code: 'rows-differ' });
  });

  it('needs a value for each parameter that it names, and sends no others', async () => {
    const { db, calls } = database();
    await expect(db.query('select :a', { b: 1 })).rejects.toMatchObject({ code: 'missing-parameter' });
    await expect(db.query('x'.repeat(65_537))).rejects.toMatchObject({ code: 'too-long' });
    expect(calls).toEqual([]);
  });
});

describe('a transaction', () => {
  it('is rolled back when its function throws, and what it threw is thrown', async () => {
    const { db, calls } = database({ transactionId: 't' }, new Error('no rollback either'));
    await expect(db.transaction(() => Promise.reject(new Error('first')))).rejects.toThrow('first');
    expect(calls).toEqual(['BeginTransactionCommand', 'RollbackTransactionCommand']);
  });
});
