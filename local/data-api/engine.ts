/**
 * The seam between the service and the database engines. The service (this folder) knows requests, transactions,
 * limits, time and JSON; an engine (a folder in here, named after it) knows sessions, placeholders, types and errors.
 */

/** A database engine with its clusters. */
export interface Engine {
  /** Whether the ARN names a cluster of this engine. */
  has(clusterArn: string): Promise<boolean>;
  /**
   * Opens a session with a cluster, or takes one from a pool. It is as new: nothing of an earlier user is left in it.
   *
   * @throws LoginRefused, or DataApiError `DatabaseErrorException` for a database that is not there
   */
  open(clusterArn: string, login: Login): Promise<Session>;
  close(): Promise<void>;
}

/** Who wants a session. */
export interface Login {
  readonly username: string;
  readonly password: string;
  /** The engine's own default where the request names none. */
  readonly database: string | undefined;
}

/** One connection, used by one caller at a time. */
export interface Session {
  /** The engine's number for the connection. */
  readonly id: number;
  /**
   * Runs one statement to its end, however long that takes.
   *
   * @throws DataApiError with the engine's words as the service prints them; `ValidationException` with
   * `MULTISTATEMENTS` for several statements; `UnsupportedResultException` for a type that the service does not carry
   */
  run(statement: Statement): Promise<Result>;
  begin(): Promise<void>;
  /** Commits, and says whether the engine did: it rolls an aborted transaction back instead. */
  commit(): Promise<boolean>;
  rollback(): Promise<void>;
  /**
   * Ends the statement that runs, from outside; its `run` then rejects. Does nothing where none runs. Rejects where the
   * engine cannot be told.
   */
  cancel(): Promise<void>;
  /** Ends the session from this side, for an engine that does not end its statement. Whoever listens for its loss is told. */
  cut(): void;
  /** Is called when the session is lost, at most once; where the engine ends it, what runs rejects as well. */
  onLost(listener: () => void): void;
  /** Gives the session back. What its user left (a transaction, settings, temporary tables, locks) goes. */
  release(): Promise<void>;
}

/** What is run: the statement as the caller wrote it, with checked parameters. */
export interface Statement {
  readonly sql: string;
  readonly parameters: ReadonlyMap<string, Parameter>;
  /** Whether `Result.metadata` will be asked for. */
  readonly describe: boolean;
  /** Octets of rows after which nobody wants more: an engine reads no further. */
  readonly sizeLimit: number;
}

/** The hints that a string parameter may have: what its text stands for. */
export const TYPE_HINTS = ['DATE', 'DECIMAL', 'JSON', 'TIME', 'TIMESTAMP', 'UUID'] as const;
export type TypeHint = (typeof TYPE_HINTS)[number];

/** A parameter as it was sent. `type` is absent for a NULL without a hint, whose type the engine finds. */
export interface Parameter {
  readonly type: 'string' | 'long' | 'double' | 'boolean' | 'blob' | TypeHint | undefined;
  /** Numbers as decimal text, booleans as `true` and `false`; `null` for NULL. */
  readonly value: string | Buffer | null;
}

/** What a statement answered. */
export interface Result {
  /** Empty for a statement that has no rows to answer. */
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Value[])[];
  /**
   * Octets of the rows as the engine sent them: what the service's limit counts. More than the statement's `sizeLimit`
   * where rows were left behind.
   */
  readonly size: number;
  /** Rows that INSERT, UPDATE or DELETE changed. */
  readonly updated: number;
  /** The key that the engine generated, in decimal digits: MySQL and MariaDB, for an INSERT. */
  readonly generated?: string | undefined;
  /** Where the statement was to be described. */
  readonly metadata?: readonly ColumnMetadata[] | undefined;
}

/** How the values of a column travel. `decimal` is a string or a number, as the caller wants it. */
export type Kind = 'boolean' | 'long' | 'double' | 'decimal' | 'string' | 'blob';

/** A column of a result. */
export interface Column {
  readonly label: string;
  readonly kind: Kind;
  /** Whether each value is an array of that kind. */
  readonly array?: boolean;
}

/**
 * A value in the service's form: `true` and `false`, digits, `YYYY-MM-DD HH:MM:SS[.fff[fff]]`, base64; a list where the
 * column has arrays; `null` for NULL.
 */
export type Value = string | null | readonly (string | null)[];

/** A column as the service describes it; `type` is JDBC's code. */
export interface ColumnMetadata {
  readonly arrayBaseColumnType: number;
  readonly isAutoIncrement: boolean;
  readonly isCaseSensitive: boolean;
  readonly isCurrency: boolean;
  readonly isSigned: boolean;
  readonly label: string;
  readonly name: string;
  readonly nullable: number;
  readonly precision: number;
  readonly scale: number;
  readonly schemaName: string;
  readonly tableName: string;
  readonly type: number;
  readonly typeName: string;
}
