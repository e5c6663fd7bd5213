import { DataApiError, LoginRefused } from '../errors.js';

/** An error as the engine reports it. */
export interface EngineError {
  readonly errno: number;
  readonly sqlState: string;
  readonly sqlMessage: string;
}

export const ACCESS_DENIED = 1045;
export const SYNTAX = 1064;
/** What some statements are in MySQL, and few in MariaDB. */
export const NOT_PREPARABLE = 1295;

/** What the engine says when the parameters do not fit the statement. */
export const WRONG_ARGUMENTS: EngineError = {
  errno: 1210,
  sqlState: 'HY000',
  sqlMessage: 'Incorrect arguments to mysqld_stmt_execute',
};

/** Whether it is the engine that refuses, and not the way to it that is broken. */
export function isEngineError(error: unknown): error is EngineError {
  return error instanceof Error && 'errno' in error && 'sqlState' in error && 'sqlMessage' in error;
}

/** Says what the engine said, in the service's words. */
export function fromMariaDb(error: unknown): DataApiError {
  if (error instanceof DataApiError) return error;
  if (!isEngineError(error)) {
    const message = error instanceof Error ? error.message : String(error);
    return new DataApiError('DatabaseUnavailableException', `the database cannot be reached: ${message}`, {
      cause: error,
    });
  }
  const message = inWords(error);
  if (error.errno === ACCESS_DENIED) return new LoginRefused(message, { cause: error });
  return new DataApiError('DatabaseErrorException', message, { cause: error });
}

/** The service's form of an engine's error. */
export function inWords({ errno, sqlState, sqlMessage }: EngineError): string {
  return `${sqlMessage}; Error code: ${errno}; SQLState: ${sqlState}`;
}
