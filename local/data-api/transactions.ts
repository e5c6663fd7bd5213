import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { DataApiError } from './errors.js';

/** The service rolls a transaction back when no call has used it for this time, in ms. */
export const IDLE_TIMEOUT = 3 * 60_000;

interface Transaction {
  readonly client: pg.PoolClient;
  readonly resourceArn: string;
  readonly secretArn: string;
  readonly onError: () => void;
  busy: boolean;
  timer?: NodeJS.Timeout;
}

/** The open transactions, by the ids that were handed out. */
export class Transactions {
  private readonly open = new Map<string, Transaction>();

  constructor(private readonly idleTimeout = IDLE_TIMEOUT) {}

  /** Begins a transaction on the session and keeps the session. */
  async begin(client: pg.PoolClient, owner: { resourceArn: string; secretArn: string }): Promise<string> {
    try {
      await client.query('BEGIN');
    } catch (error) {
      client.release(true);
      throw error;
    }
    const id = randomBytes(96).toString('base64');
    // the engine may end a session at any time: it goes, and the next call says that the transaction is gone
    const onError = () => {
      const broken = this.open.get(id);
      this.open.delete(id);
      clearTimeout(broken?.timer);
      broken?.client.release(true);
    };
    const transaction: Transaction = { client, ...owner, onError, busy: false };
    client.on('error', onError);
    this.open.set(id, transaction);
    this.watch(id, transaction);
    return id;
  }

  /**
   * Runs one action within a transaction.
   *
   * @throws DataApiError when the transaction is unknown, belongs to another cluster or secret, or is still busy
   */
  async within<T>(
    id: string,
    owner: { resourceArn?: string; secretArn?: string },
    action: (client: pg.PoolClient) => Promise<T>,
  ): Promise<T> {
    const transaction = this.open.get(id);
    if (!transaction || transaction.resourceArn !== owner.resourceArn || transaction.secretArn !== owner.secretArn) {
      throw notFound(id);
    }
    if (transaction.busy) throw new DataApiError('DatabaseErrorException', 'Transaction is still running a query');
    transaction.busy = true;
    clearTimeout(transaction.timer);
    try {
      return await action(transaction.client);
    } finally {
      transaction.busy = false;
      if (this.open.has(id)) this.watch(id, transaction);
    }
  }

  /** Ends a transaction and gives its session back. */
  async end(
    id: string,
    owner: { resourceArn?: string; secretArn?: string },
    how: 'COMMIT' | 'ROLLBACK',
  ): Promise<void> {
    const command = await this.within(id, owner, async (client) => {
      try {
        return (await client.query(how)).command;
      } finally {
        this.forget(id);
      }
    });
    if (command !== how) {
      const message = 'ERROR: current transaction is aborted, so it was rolled back; SQLState: 25P02';
      throw new DataApiError('DatabaseErrorException', message);
    }
  }

  /** Rolls a transaction back that the service itself gives up. */
  async abandon(id: string): Promise<void> {
    const transaction = this.open.get(id);
    if (!transaction) return;
    this.open.delete(id);
    clearTimeout(transaction.timer);
    await transaction.client.query('ROLLBACK').then(
      () => giveBack(transaction),
      () => transaction.client.release(true),
    );
  }

  /** Drops all of them; closing a session rolls its transaction back. */
  close(): void {
    for (const { client, timer } of this.open.values()) {
      clearTimeout(timer);
      client.release(true);
    }
    this.open.clear();
  }

  private forget(id: string): void {
    const transaction = this.open.get(id);
    this.open.delete(id);
    clearTimeout(transaction?.timer);
    if (transaction) giveBack(transaction);
  }

  private watch(id: string, transaction: Transaction): void {
    transaction.timer = setTimeout(() => void this.abandon(id), this.idleTimeout);
    transaction.timer.unref();
  }
}

/** A session outlives its transactions, so what watched it for one of them goes. */
function giveBack({ client, onError }: Transaction): void {
  client.off('error', onError);
  client.release();
}

function notFound(id: string): DataApiError {
  return new DataApiError('TransactionNotFoundException', `Transaction ${id} is not found`);
}
