import type { Clock, Sleep } from '../clock.js';
import type { PostgresClient, Statements } from '../postgres.js';
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
  run: (tx: Statements) => Promise<T>,
): Promise<T> {
  const started = now().getTime();
  for (;;) {
    const outcome = await db.transaction(async (tx) => {
      const [row] = await tx.query<{ locked: boolean }>(
        "select pg_try_advisory_xact_lock(hashtextextended('dbpatterns.migrations', 0)) as locked",
      );
      return row?.locked === true ? { result: await run(tx) } : undefined;
    });
    if (outcome !== undefined) return outcome.result;
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
