import { randomBytes } from 'node:crypto';
import type { Session } from './engine.js';
import { DataApiError } from './errors.js';
import { inTime, STATEMENT_TIMEOUT, stop } from './timeouts.js';

/** The service rolls a transaction back when no call has used it for this time, or when it is this old; in ms. */
export const IDLE_TIMEOUT = 3 * 60_000;
export const LIFETIME = 24 * 60 * 60_000;

/** How long the service waits. */
export interface TimeLimits {
  /** Milliseconds after which a call is ended. @default 45 s, as in the service */
  readonly statementTimeout?: number | undefined;
  /** Milliseconds without a call after which a transaction is rolled back. @default 3 minutes, as in the service */
  readonly transactionIdleTimeout?: number | undefined;
  /** Milliseconds in all after which it is. @default 24 hours, as in the service */
  readonly transactionLifetime?: number | undefined;
}

/** Whose a transaction is. */
export interface Owner {
  readonly resourceArn: string;
  readonly secretArn: string;
  /** Where a call within a transaction names one, it is the one with which the transaction began. */
  readonly database?: string | undefined;
}

interface Transaction extends Owner {
  readonly session: Session;
  readonly born: NodeJS.Timeout;
  /** Settles when what runs has ended; absent when nothing runs. */
  busy: Promise<void> | undefined;
  idle: NodeJS.Timeout | undefined;
}

/** Why a transaction is not found, as the service's documentation words it; it says the first also of an id that never was. */
const EXPIRED = 'Transaction may be expired.';
const ENDED = 'One previous call resulted in a termination of your transaction.';
const ABORTED = 'Transaction has been aborted due to an error from a previous call.';
/** So many causes of ends are remembered. */
const REMEMBERED = 1000;

/** The open transactions, by the ids that were handed out. */
export class Transactions {
  private readonly open = new Map<string, Transaction>();
  private readonly causes = new Map<string, string>();
  private readonly idleTimeout: number;
  private readonly lifetime: number;
  private readonly timeout: number;
  private closed = false;

  constructor(limits: TimeLimits = {}) {
    this.idleTimeout = limits.transactionIdleTimeout ?? IDLE_TIMEOUT;
    this.lifetime = limits.transactionLifetime ?? LIFETIME;
    this.timeout = limits.statementTimeout ?? STATEMENT_TIMEOUT;
  }

  /** Begins a transaction on the session and keeps the session. */
  async begin(session: Session, { resourceArn, secretArn, database }: Owner): Promise<string> {
    try {
      await inTime(session, () => session.begin(), this.timeout);
      if (this.closed) throw new DataApiError('DatabaseUnavailableException', 'the RDS Data API ends');
    } catch (error) {
      await session.release();
      throw error;
    }
    const id = randomBytes(96).toString('base64');
    const born = setTimeout(() => void this.expire(id), this.lifetime).unref();
    const owner = { resourceArn, secretArn, database };
    const transaction: Transaction = { ...owner, session, born, busy: undefined, idle: undefined };
    // the engine may end a session at any time: it goes, and the next call says that the transaction is gone
    session.onLost(() => {
      if (this.open.get(id) === transaction) void this.close(id, transaction, ABORTED);
    });
    this.open.set(id, transaction);
    this.watch(id, transaction);
    return id;
  }

  /**
   * Runs one action within a transaction. A statement that goes on after its answer keeps the transaction busy.
   *
   * @throws DataApiError when the transaction is unknown, belongs to another cluster, secret or database, or is still busy
   */
  async within<T>(id: string, owner: Owner, action: (session: Session) => Promise<T>): Promise<T> {
    const transaction = this.open.get(id);
    if (!transaction || transaction.resourceArn !== owner.resourceArn || transaction.secretArn !== owner.secretArn) {
      throw this.notFound(id);
    }
    if (owner.database !== undefined && owner.database !== transaction.database) {
      throw new DataApiError('ValidationException', "Database name is not the same as transaction's");
    }
    if (transaction.busy) throw new DataApiError('DatabaseErrorException', 'Transaction is still running a query');
    let ended: () => void = () => undefined;
    transaction.busy = new Promise((resolve) => (ended = resolve));
    clearTimeout(transaction.idle);
    let running: Promise<unknown> | undefined;
    try {
      return await action(transaction.session);
    } catch (error) {
      running = error instanceof DataApiError ? error.running : undefined;
      throw error;
    } finally {
      const free = () => {
        transaction.busy = undefined;
        ended();
        if (this.open.has(id)) this.watch(id, transaction);
      };
      if (running) void running.then(free, free);
      else free();
    }
  }

  /** Commits and gives the session back. */
  async commit(id: string, owner: Owner): Promise<void> {
    const committed = await this.end(id, owner, (session) => inTime(session, () => session.commit(), this.timeout));
    if (committed) return;
    // whether the service says so is not documented; that nothing was committed must not stay unsaid
    const message = 'ERROR: current transaction is aborted, so it was rolled back; SQLState: 25P02';
    throw new DataApiError('DatabaseErrorException', message);
  }

  /** Rolls back and gives the session back. */
  rollback(id: string, owner: Owner): Promise<void> {
    return this.end(id, owner, (session) => inTime(session, () => session.rollback(), this.timeout));
  }

  /** Drops all of them, which ends what they run and rolls them back. */
  async closeAll(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.open.keys()].map((id) => this.expire(id)));
  }

  private end<T>(id: string, owner: Owner, how: (session: Session) => Promise<T>): Promise<T> {
    return this.within(id, owner, async (session) => {
      try {
        return await how(session);
      } finally {
        const transaction = this.open.get(id);
        if (transaction) await this.close(id, transaction, ENDED);
      }
    });
  }

  /** The service gives a transaction up; one that runs a statement has it ended first. */
  private async expire(id: string): Promise<void> {
    const transaction = this.open.get(id);
    if (!transaction) return;
    // from now on nobody finds it
    this.open.delete(id);
    if (transaction.busy) await stop(transaction.session, transaction.busy);
    await this.close(id, transaction, EXPIRED);
  }

  private async close(id: string, { session, born, idle }: Transaction, cause: string): Promise<void> {
    this.open.delete(id);
    clearTimeout(born);
    clearTimeout(idle);
    this.remember(id, cause);
    await session.release();
  }

  private remember(id: string, cause: string): void {
    this.causes.set(id, cause);
    const [oldest] = this.causes.keys();
    if (this.causes.size > REMEMBERED && oldest !== undefined) this.causes.delete(oldest);
  }

  private watch(id: string, transaction: Transaction): void {
    transaction.idle = setTimeout(() => void this.expire(id), this.idleTimeout).unref();
  }

  private notFound(id: string): DataApiError {
    const cause = this.causes.get(id) ?? EXPIRED;
    return new DataApiError('TransactionNotFoundException', `Transaction ${id} is not found. ${cause}`);
  }
}
