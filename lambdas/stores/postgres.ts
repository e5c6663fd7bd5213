import { RDSDataClient } from '@aws-sdk/client-rds-data';
import { DataApi, type CallOptions, type DataApiOptions, type DatabaseAddress } from './data-api.js';
import { oneOf, optional, readVariable, text as someText, type Environment } from './environment.js';
import { unmet, type Statement } from './statement.js';
import { storeVariable } from './store-variable.js';
import type { Row, SqlParameters } from './values.js';

/** Runs statements. */
export interface Statements {
  /**
   * Runs a statement and returns its rows.
   *
   * @throws PostgresError, PostgresUnavailableError or StatementError.
   */
  query<R extends Row = Row>(text: string, params?: SqlParameters, options?: QueryOptions): Promise<R[]>;
  /**
   * Runs a statement and returns how many rows it changed or returned.
   *
   * @throws what `query` throws, and the statement's `otherwise` if it is another number than its `rows`.
   */
  execute(statement: Statement, options?: QueryOptions): Promise<number>;
}

/** How one statement is run. */
export type QueryOptions = Pick<CallOptions, 'idempotent' | 'signal'>;

/** A transaction that someone has to end. */
export interface OpenTransaction extends Statements {
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/** A PostgreSQL database, reached by the RDS Data API: no driver, no connection, no VPC. */
export interface PostgresClient extends Statements {
  /** Runs the function in a transaction: committed when it returns, rolled back when it throws. */
  transaction<T>(run: (tx: Statements) => Promise<T>): Promise<T>;
  /** Opens a transaction. It is rolled back after three minutes without a call. */
  begin(): Promise<OpenTransaction>;
}

/** How the client is made. */
export interface PostgresOptions extends DataApiOptions {
  /** The SDK's client. Default: a new one without retries of its own, see {@link DataApi}. */
  readonly client?: RDSDataClient;
  /** Default: the process's. */
  readonly environment?: Environment;
}

/**
 * The PostgreSQL store that is wired to this function.
 *
 * @param name - the construct id of the store. Default: the only one of this kind
 * @throws EnvironmentError if no such store is wired.
 * @example
 * const db = postgres();
 * const [row] = await db.query('select price from product where id = :id', { id });
 */
export function postgres(name?: string, options: PostgresOptions = {}): PostgresClient {
  const { environment, ...rest } = options;
  const fields = {
    kind: oneOf('postgres'),
    clusterArn: someText,
    secretArn: someText,
    database: someText,
    schema: optional(someText),
  };
  return postgresAt(readVariable(storeVariable('postgres', name, environment), fields, environment), rest);
}

/** The PostgreSQL database at an address. */
export function postgresAt(
  address: DatabaseAddress,
  options: Omit<PostgresOptions, 'environment'> = {},
): PostgresClient {
  const { client = new RDSDataClient({ maxAttempts: 1 }), ...rest } = options;
  const api = new DataApi(client, address, rest);
  const begin = async (): Promise<OpenTransaction> => {
    const transactionId = await api.begin();
    return {
      ...statements(api, transactionId),
      commit: () => api.commit(transactionId),
      rollback: () => api.rollback(transactionId),
    };
  };
  return {
    ...statements(api),
    begin,
    transaction: async (run) => {
      const tx = await begin();
      try {
        const result = await run(tx);
        await tx.commit();
        return result;
      } catch (error) {
        // What matters is the first error; a transaction that cannot be rolled back ends by itself.
        await tx.rollback().catch(() => undefined);
        throw error;
      }
    },
  };
}

function statements(api: DataApi, transactionId?: string): Statements {
  return {
    query: async <R extends Row>(text: string, params: SqlParameters = {}, options: QueryOptions = {}) =>
      (await api.execute<R>(text, params, { ...options, transactionId })).rows,
    execute: async (statement, options = {}) => {
      const { affected } = await api.execute(statement.text, statement.params, { ...options, transactionId });
      const fault = unmet(statement, affected);
      if (fault !== undefined) throw fault;
      return affected;
    },
  };
}
