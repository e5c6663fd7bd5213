import type { Clock, Sleep } from '../clock.js';
import type { OpenTransaction, PostgresClient } from '../postgres.js';
import { MigrationError } from './errors.js';

/** How the lock is waited for. */
export interface LockOptions {
  /** How long, in milliseconds. */
  readonly lockTimeout: number;
  readonly now: Clock;
  readonly sleep: Sleep;
}

const RETRY = 500;

/**
 * Runs something while no other run of migrations does, in a transaction that holds the lock and is committed in the
 * end. The lock is asked for again and again rather than waited for: the Data API ends a statement after 45 seconds.
 *
 * @throws MigrationError `locked` if another run does not end in time.
 */
export async function locked<T>(
  db: PostgresClient,
  { lockTimeout, now, sleep }: LockOptions,
  run: (tx: OpenTransaction) => Promise<T>,
): Promise<T> {
  const started = now().getTime();
  for (;;) {
    const tx = await db.begin();
    try {
      const [row] = await tx.query<{ locked: boolean }>(
        "select pg_try_advisory_xact_lock(hashtextextended('dbpatterns.migrations', 0)) as locked",
      );
      if (row?.locked === true) {
        const result = await run(tx);
        await tx.commit();
        return result;
      }
    } catch (error) {
      await tx.rollback().catch(() => undefined);
      throw error;
    }
    await tx.rollback();
    if (now().getTime() - started > lockTimeout) {
      throw new MigrationError(
        'locked',
        'migrations',
        `another run of the migrations holds the lock for ${lockTimeout} ms`,
      );
    }
    await sleep(RETRY);
  }
}
