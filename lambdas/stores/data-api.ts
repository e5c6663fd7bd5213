import {
  BeginTransactionCommand,
  CommitTransactionCommand,
  ExecuteStatementCommand,
  RollbackTransactionCommand,
  type RDSDataClient,
} from '@aws-sdk/client-rds-data';
import type { Clock, Random, Sleep } from './clock.js';
import { PostgresUnavailableError, toStoreError } from './errors.js';
import { retrying } from './retry.js';
import { bind } from './statement.js';
import { toRows, type Row, type SqlParameters } from './values.js';

/** Where a database is, as the Data API addresses it. */
export interface DatabaseAddress {
  readonly clusterArn: string;
  readonly secretArn: string;
  readonly database: string;
  /** The schema that is the store's own, where others have schemas of their own in the database. */
  readonly schema?: string;
}

/** How calls are made and repeated. */
export interface DataApiOptions {
  /** How long a database that wakes from its pause is waited for, in milliseconds. Default: 30,000. */
  readonly resumeTimeout?: number;
  readonly now?: Clock;
  readonly random?: Random;
  readonly sleep?: Sleep;
}

/** How one statement is run. */
export interface CallOptions {
  /** Inside this transaction. Default: in one of its own. */
  readonly transactionId?: string;
  /** Whether running it twice does no harm, so that it is repeated after a lost answer. Default: false. */
  readonly idempotent?: boolean;
  /** Ends the call. */
  readonly signal?: AbortSignal;
}

/** What a statement did. */
export interface Result<R extends Row = Row> {
  readonly rows: R[];
  /** How many rows it changed, or returned. */
  readonly affected: number;
}

const ATTEMPTS = 3;

/**
 * The calls of the RDS Data API for one database.
 *
 * Repeated are: calls that surely did nothing (the database resumes from its pause, throttling, no connection), and
 * after a lost answer those that are idempotent. The SDK's own retries must be off, since they would repeat any call.
 */
export class DataApi {
  constructor(
    private readonly client: RDSDataClient,
    private readonly address: DatabaseAddress,
    private readonly options: DataApiOptions = {},
  ) {}

  async execute<R extends Row = Row>(text: string, params: SqlParameters, call: CallOptions = {}): Promise<Result<R>> {
    const { clusterArn: resourceArn, secretArn, database, schema } = this.address;
    const command = new ExecuteStatementCommand({
      resourceArn,
      secretArn,
      database,
      // The kit's schemas of a store that is one schema of several.
      sql: schema === undefined ? text : text.replace(/\bdbpatterns(_view)?\./g, `${schema}_$&`),
      parameters: bind(text, params),
      includeResultMetadata: true,
      ...(call.transactionId === undefined ? {} : { transactionId: call.transactionId }),
    });
    const output = await this.repeated(call, () => this.client.send(command, sendOptions(call)));
    const rows = toRows(output.records, output.columnMetadata) as R[];
    return { rows, affected: rows.length > 0 ? rows.length : (output.numberOfRecordsUpdated ?? 0) };
  }

  async begin(): Promise<string> {
    const { clusterArn: resourceArn, secretArn, database } = this.address;
    const command = new BeginTransactionCommand({ resourceArn, secretArn, database });
    // A transaction whose id was lost holds nothing and ends by itself.
    const { transactionId } = await this.repeated({ idempotent: true }, () => this.client.send(command));
    if (transactionId === undefined) throw new PostgresUnavailableError('unavailable', true);
    return transactionId;
  }

  async commit(transactionId: string): Promise<void> {
    const { clusterArn: resourceArn, secretArn } = this.address;
    const command = new CommitTransactionCommand({ resourceArn, secretArn, transactionId });
    await this.repeated({}, () => this.client.send(command));
  }

  async rollback(transactionId: string): Promise<void> {
    const { clusterArn: resourceArn, secretArn } = this.address;
    const command = new RollbackTransactionCommand({ resourceArn, secretArn, transactionId });
    await this.repeated({}, () => this.client.send(command));
  }

  private repeated<T>(call: CallOptions, send: () => Promise<T>): Promise<T> {
    const { resumeTimeout = 30_000, now, random, sleep } = this.options;
    return retrying(
      async () => {
        try {
          return await send();
        } catch (error) {
          throw toStoreError(error);
        }
      },
      {
        when: (error, attempt) => {
          if (!(error instanceof PostgresUnavailableError) || call.signal?.aborted) return false;
          if (error.code === 'resuming') return true;
          return attempt < ATTEMPTS && (error.certain || call.idempotent === true);
        },
        within: resumeTimeout,
        base: 200,
        cap: 2_000,
        now,
        random,
        sleep,
      },
    );
  }
}

function sendOptions({ signal }: CallOptions): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}
