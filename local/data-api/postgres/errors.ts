import pg from 'pg';
import { DataApiError, LoginRefused, MULTISTATEMENTS } from '../errors.js';

/** Says what PostgreSQL said, in the service's words: hint and position, but no detail, which quotes rows. */
export function fromPostgres(error: unknown): DataApiError {
  if (error instanceof DataApiError) return error;
  if (!(error instanceof pg.DatabaseError)) {
    const message = error instanceof Error ? error.message : String(error);
    return new DataApiError('DatabaseUnavailableException', `the database cannot be reached: ${message}`, {
      cause: error,
    });
  }
  const { code = '', hint, position, severity = 'ERROR' } = error;
  if (code === '42601' && error.message.includes('multiple commands')) {
    return new DataApiError('ValidationException', MULTISTATEMENTS, { cause: error });
  }
  const parts = [
    // the service says ERROR of a missing database, where the engine says FATAL
    `${code === '3D000' ? 'ERROR' : severity}: ${error.message}`,
    ...(hint ? [`Hint: ${hint}`] : []),
    ...(position ? [`Position: ${position}`] : []),
    `SQLState: ${code}`,
  ];
  const message = parts.join('; ');
  if (code === '28P01' || code === '28000') return new LoginRefused(message, { cause: error });
  return new DataApiError('DatabaseErrorException', message, { cause: error });
}

/** A user that PostgreSQL would not let in. */
export function refused(username: string): LoginRefused {
  return new LoginRefused(`FATAL: password authentication failed for user "${username}"; SQLState: 28P01`);
}

/** A database that is not there. */
export function noDatabase(name: string): DataApiError {
  return new DataApiError('DatabaseErrorException', `ERROR: database "${name}" does not exist; SQLState: 3D000`);
}
