import { describe, expect, it } from 'vitest';
import { LazyTransaction } from '../../../lambdas/cqrs/lazy-transaction.js';
import type { PostgresClient, Row } from '../../../lambdas/stores/index.js';

/** A database whose statements take a while, and fail where their text says so. */
function database() {
  const calls: string[] = [];
  const run = async (text: string): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    calls.push(text);
    if (text.startsWith('fail')) throw new Error(text);
  };
  const statements = {
    query: async <R extends Row>(text: string): Promise<R[]> => {
      await run(text);
      return [];
    },
    execute: async ({ text }: { text: string }): Promise<number> => {
      await run(text);
      return 0;
    },
  };
  const begin = async () => {
    await run('begin');
    return { ...statements, commit: () => run('commit'), rollback: () => run('rollback') };
  };
  const db: PostgresClient = { ...statements, begin, transaction: () => Promise.reject(new Error('not used')) };
  return { tx: new LazyTransaction(db, () => run('sweep')), calls };
}

describe('a transaction of a command', () => {
  it('begins with its first statement, after the sweep was sent', async () => {
    const { tx, calls } = database();
    expect(tx.isOpen).toBe(false);
    await tx.rollback();
    expect(calls).toEqual([]);
    await tx.query('a');
    await tx.commit();
    expect(calls).toEqual(['sweep', 'begin', 'a', 'commit']);
  });

  it('runs statements that were started together one after the other, and all before it ends', async () => {
    const { tx, calls } = database();
    void tx.query('a');
    void tx.query('b');
    await tx.commit();
    expect(calls).toEqual(['sweep', 'begin', 'a', 'b', 'commit']);
  });

  it('is not committed without a statement that failed and that nobody waited for', async () => {
    const { tx, calls } = database();
    void tx.execute({ text: 'fail', params: {} });
    await tx.query('b');
    await expect(tx.commit()).rejects.toThrow('fail');
    await tx.rollback();
    expect(calls).toEqual(['sweep', 'begin', 'fail', 'b', 'rollback']);
  });
});
