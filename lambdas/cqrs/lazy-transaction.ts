import type {
  OpenTransaction,
  PostgresClient,
  QueryOptions,
  Row,
  SqlParameters,
  Statement,
  Statements,
} from '../stores/index.js';

/**
 * A transaction that begins with its first statement, and never if there is none. Statements that a handler starts
 * together run one after the other, and all have ended before the transaction does. It is committed only if the database
 * has run all of them, whether the handler waited for them or not.
 */
export class LazyTransaction implements Statements {
  private opened: Promise<OpenTransaction> | undefined;
  private last: Promise<unknown> = Promise.resolve();
  private failed: Promise<unknown> | undefined;

  constructor(
    private readonly db: PostgresClient,
    /** What must have happened before it begins. */
    private readonly before: () => Promise<void>,
  ) {}

  query<R extends Row = Row>(text: string, params?: SqlParameters, options?: QueryOptions): Promise<R[]> {
    return this.inOrder((tx) => tx.query<R>(text, params, options));
  }

  execute(statement: Statement, options?: QueryOptions): Promise<number> {
    return this.inOrder((tx) => tx.execute(statement, options));
  }

  /** Whether a statement was run. */
  get isOpen(): boolean {
    return this.opened !== undefined;
  }

  commit(): Promise<void> {
    return this.inOrder(async (tx) => {
      await this.failed;
      await tx.commit();
    });
  }

  /** A transaction that cannot be rolled back ends by itself, and what matters is the error before. */
  async rollback(): Promise<void> {
    if (this.opened === undefined) return;
    await this.inOrder((tx) => tx.rollback()).catch(() => undefined);
  }

  private inOrder<T>(action: (tx: OpenTransaction) => Promise<T>): Promise<T> {
    this.opened ??= this.before().then(() => this.db.begin());
    const { opened } = this;
    const result = this.last.then(() => opened.then(action));
    // Who started it gets the error, and so does the commit, since there may be nobody who waits for it.
    this.last = result.catch(() => void (this.failed ??= result));
    return result;
  }
}
