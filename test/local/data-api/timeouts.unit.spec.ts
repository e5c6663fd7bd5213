import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Session } from '../../../local/data-api/engine.js';
import { inTime, STATEMENT_TIMEOUT } from '../../../local/data-api/timeouts.js';
import { Transactions } from '../../../local/data-api/transactions.js';
import { modelSession, target } from './model.js';

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 3_600_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const forever = () => new Promise<never>(() => undefined);
const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

const nameOf = (error: unknown) => (error instanceof Error ? error.name : String(error));

/** What has become of a promise so far. */
function watched(promise: Promise<unknown>): () => unknown {
  let state: unknown = 'pending';
  promise.then(
    (value) => (state = value),
    (error: unknown) => (state = nameOf(error)),
  );
  return () => state;
}

/** A session whose statement runs until it is cancelled. */
function busySession(acts: Partial<Session> = {}) {
  let end: (error: Error) => void = () => undefined;
  const running = new Promise<never>((_resolve, reject) => (end = reject));
  running.catch(() => undefined);
  const cancel = () => {
    end(new Error('cancelled'));
    return Promise.resolve();
  };
  return { session: modelSession({ cancel, ...acts }), running };
}

describe('a call', () => {
  it('is ended after 45 s, not before', async () => {
    const { session, running } = busySession();
    const state = watched(inTime(session, () => running, STATEMENT_TIMEOUT));
    await pass(45 * SECOND - 1);
    expect(state()).toBe('pending');
    await pass(1);
    expect(state()).toBe('StatementTimeoutException');
  });

  it('answers in time also where the engine does not end its statement, or cannot be told: the session goes', async () => {
    for (const cancel of [() => Promise.resolve(), forever, () => Promise.reject(new Error('away'))]) {
      const cut = vi.fn();
      const state = watched(inTime(modelSession({ cancel, cut }), forever, 45 * SECOND));
      await pass(45 * SECOND);
      await pass(5 * SECOND);
      expect(state()).toBe('StatementTimeoutException');
      expect(cut).toHaveBeenCalledOnce();
    }
  });

  it('that begins, commits or rolls back ends after 45 s, too', async () => {
    for (const act of ['begin', 'commit', 'rollback'] as const) {
      const release = vi.fn(() => Promise.resolve());
      const transactions = new Transactions();
      const session = modelSession({ [act]: forever, release });
      const state = watched(
        transactions.begin(session, target).then((id) => transactions[act === 'begin' ? 'commit' : act](id, target)),
      );
      await pass(45 * SECOND - 1);
      expect(state()).toBe('pending');
      await pass(1 + 5 * SECOND);
      expect(state()).toBe('StatementTimeoutException');
      expect(release).toHaveBeenCalledOnce();
    }
  });
});

describe('a transaction', () => {
  async function begin(session = modelSession()) {
    const transactions = new Transactions();
    const id = await transactions.begin(session, target);
    const use = () => transactions.within(id, target, () => Promise.resolve('there')).catch(nameOf);
    return { transactions, id, use };
  }

  it('is gone three minutes after its last call, not before', async () => {
    const release = vi.fn(() => Promise.resolve());
    const { use } = await begin(modelSession({ release }));
    for (let call = 0; call < 3; call++) {
      await pass(3 * MINUTE - 1);
      expect(await use()).toBe('there');
    }
    expect(release).not.toHaveBeenCalled();
    await pass(3 * MINUTE);
    expect(await use()).toBe('TransactionNotFoundException');
    expect(release).toHaveBeenCalledOnce();
  });

  it('is gone after 24 hours, whoever uses it', async () => {
    const { use } = await begin();
    for (let minutes = 2; minutes < 24 * 60; minutes += 2) {
      await pass(2 * MINUTE);
      expect(await use()).toBe('there');
    }
    await pass(2 * MINUTE - 1);
    expect(await use()).toBe('there');
    await pass(1);
    expect(await use()).toBe('TransactionNotFoundException');
  });

  it('that is busy then has its statement ended, and its session, where the engine cannot be told', async () => {
    const cut = vi.fn();
    const release = vi.fn(() => Promise.resolve());
    const session = modelSession({ cancel: () => Promise.reject(new Error('away')), cut, release });
    const { transactions, id } = await begin(session);
    void transactions.within(id, target, forever);
    await pass(24 * HOUR);
    expect(cut).toHaveBeenCalledOnce();
    expect(release).toHaveBeenCalledOnce();
  });
});
