/** Why a statement cannot be sent. */
export type StatementErrorCode =
  'invalid-parameter' | 'missing-parameter' | 'rows-differ' | 'several-statements' | 'too-long';

/** A statement that cannot be sent as it is, or that changed another number of rows than it said. */
export class StatementError extends Error {
  override readonly name = 'StatementError';

  constructor(
    readonly code: StatementErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/**
 * PostgreSQL refused a statement.
 *
 * The message has the server's first line, which names constraints and columns, except for data exceptions (class 22),
 * whose first line quotes the value. Details with row values are left out.
 */
export class PostgresError extends Error {
  override readonly name = 'PostgresError';
  readonly code = 'postgres';
  /** The constraint, where the server names one. */
  readonly constraint: string | undefined;

  constructor(
    /** Five characters, such as `23505` for a unique violation. */
    readonly sqlState: string,
    /** The server's first line. Class 22 quotes a value in it: do not log that. */
    readonly reason: string,
    readonly requestId?: string,
  ) {
    super(
      `the database refused a statement with SQLSTATE ${sqlState}${sqlState.startsWith('22') ? '' : `: ${reason}`}`,
    );
    Object.defineProperty(this, 'reason', { enumerable: false });
    this.constraint = /constraint "([^"]+)"/.exec(reason)?.[1];
  }

  /** Whether the transaction lost to another one (deadlock, serialization) and can be run again. */
  get isConflict(): boolean {
    return this.sqlState === '40001' || this.sqlState === '40P01';
  }
}

/** Why the database did not answer. */
export type PostgresUnavailableCode = 'resuming' | 'throttled' | 'timeout' | 'transaction-lost' | 'unavailable';

/** The database did not answer, or not in time. Unless `certain`, the statement may have been run. */
export class PostgresUnavailableError extends Error {
  override readonly name = 'PostgresUnavailableError';

  constructor(
    readonly code: PostgresUnavailableCode,
    /** Whether it is known that the statement was not run. */
    readonly certain: boolean,
    options?: ErrorOptions,
  ) {
    super(`the database is away (${code})${certain ? '' : '; whether the statement was run is not known'}`, options);
  }
}

/** What the service or the connection said, as this library's errors. Anything else stays what it was. */
export function toStoreError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const state = /SQLState: ([0-9A-Z]{5})/i.exec(error.message)?.[1];
  if (state !== undefined) {
    return isShutdown(state)
      ? new PostgresUnavailableError('unavailable', false)
      : new PostgresError(state, firstLine(error.message), requestId(error));
  }
  return unavailable(error) ?? error;
}

function unavailable(error: Error): PostgresUnavailableError | undefined {
  const away = (code: PostgresUnavailableCode, certain: boolean): PostgresUnavailableError =>
    new PostgresUnavailableError(code, certain, { cause: error });
  switch (error.name) {
    case 'DatabaseResumingException':
      return away('resuming', true);
    case 'ThrottlingException':
    case 'TooManyRequestsException':
      return away('throttled', true);
    case 'StatementTimeoutException':
      return away('timeout', false);
    case 'TransactionNotFoundException':
      return away('transaction-lost', false);
    case 'HttpEndpointNotEnabledException':
      return away('unavailable', true);
    case 'DatabaseUnavailableException':
      // A 504: the writer may have gone away before the statement, or while it ran.
      return away('unavailable', false);
    case 'TimeoutError':
      return away('timeout', false);
    default:
  }
  if (errno(error) === 'ECONNREFUSED' || errno(error) === 'ENOTFOUND') return away('unavailable', true);
  if (errno(error) !== undefined || httpStatus(error) >= 500) return away('unavailable', false);
  return undefined;
}

/**
 * Connection exceptions (08, of which 08P01 is a statement without all of its values), too many connections and operator
 * intervention, except a cancelled query.
 */
function isShutdown(state: string): boolean {
  return (state.startsWith('08') && state !== '08P01') || state.startsWith('57P') || state === '53300';
}

function firstLine(message: string): string {
  const [line = ''] = message.replace(/;?\s*SQLState: .*$/is, '').split('\n');
  return line
    .replace(/^ERROR:\s*/, '')
    .replace(/\s*;?\s*(Detail|Position|Hint|Where): .*$/, '')
    .trim();
}

function errno(error: Error): string | undefined {
  const code: unknown = 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^(E[A-Z]+|UND_ERR_\w+)$/.test(code) ? code : undefined;
}

function metadata(error: Error): Record<string, unknown> {
  const value: unknown = '$metadata' in error ? error.$metadata : undefined;
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function httpStatus(error: Error): number {
  return Number(metadata(error)['httpStatusCode'] ?? 0);
}

function requestId(error: Error): string | undefined {
  const id = metadata(error)['requestId'];
  return typeof id === 'string' ? id : undefined;
}
