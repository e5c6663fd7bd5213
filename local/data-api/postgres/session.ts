import pg from 'pg';
import type { Result, Session, Statement } from '../engine.js';
import { fromPostgres } from './errors.js';
import { runStatement } from './run.js';

/** A session with PostgreSQL, from a pool. */
export class PostgresSession implements Session {
  readonly id: number;
  private running = 0;
  private lost = false;
  private readonly listeners: (() => void)[] = [];

  constructor(
    private readonly client: pg.PoolClient,
    private readonly settings: pg.ClientConfig,
  ) {
    this.id = 'processID' in client && typeof client.processID === 'number' ? client.processID : 0;
    client.on('error', this.onError);
  }

  async run(statement: Statement): Promise<Result> {
    return this.counted(() => runStatement(this.client, statement));
  }

  async begin(): Promise<void> {
    await this.command('BEGIN');
  }

  async commit(): Promise<boolean> {
    return (await this.command('COMMIT')) === 'COMMIT';
  }

  async rollback(): Promise<void> {
    await this.command('ROLLBACK');
  }

  async cancel(): Promise<void> {
    if (this.running === 0 || this.lost) return;
    const other = new pg.Client(this.settings);
    other.on('error', () => undefined);
    try {
      await other.connect();
      await other.query('select pg_cancel_backend($1)', [this.id]);
    } finally {
      await other.end().catch(() => undefined);
    }
  }

  cut(): void {
    this.onError();
    void this.client.end();
  }

  onLost(listener: () => void): void {
    this.listeners.push(listener);
  }

  async release(): Promise<void> {
    this.client.off('error', this.onError);
    // busy, in a transaction, or broken: not worth mending
    let broken = this.lost || this.running > 0 || this.client.getTransactionStatus() !== 'I';
    if (!broken)
      broken = await this.client.query('DISCARD ALL').then(
        () => false,
        () => true,
      );
    this.client.release(broken);
  }

  private readonly onError = () => {
    if (this.lost) return;
    this.lost = true;
    for (const listener of this.listeners) listener();
  };

  private async command(text: string): Promise<string> {
    try {
      return (await this.counted(() => this.client.query(text))).command;
    } catch (error) {
      throw fromPostgres(error);
    }
  }

  private async counted<T>(action: () => Promise<T>): Promise<T> {
    this.running += 1;
    try {
      return await action();
    } finally {
      this.running -= 1;
    }
  }
}
