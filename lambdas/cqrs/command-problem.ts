import { PostgresError, PostgresUnavailableError, StatementError } from '../stores/index.js';
import { isProblem, Problem } from './problem.js';

/** A statement or a lock took longer than it may: both have undone the command. */
const WAITED_TOO_LONG = ['57014', '55P03'];

/** A character that PostgreSQL's texts cannot hold, such as U+0000, which JSON allows. */
const UNSTORABLE = ['22021', '22P05'];

/** Whatever went wrong with a command, as the answer to its client. Says nothing about the inside. */
export function toProblem(error: unknown): Problem {
  if (isProblem(error)) return error;
  if (isUnavailable(error)) {
    return new Problem('unavailable', 503, 'try again with the same Idempotency-Key: a command is done at most once', {
      cause: error,
    });
  }
  if (error instanceof PostgresError && (error.isConflict || WAITED_TOO_LONG.includes(error.sqlState))) {
    return new Problem('busy', 503, 'other commands change the same rows, try again with the same Idempotency-Key', {
      cause: error,
    });
  }
  if (error instanceof PostgresError && UNSTORABLE.includes(error.sqlState)) {
    return new Problem('unstorable-text', 400, 'a text has a character that cannot be stored', { cause: error });
  }
  if (isConstraint(error)) {
    const { constraint } = error;
    return new Problem('constraint-violated', 409, `the change would break the rule ${constraint ?? error.sqlState}`, {
      members: constraint === undefined ? {} : { constraint },
      cause: error,
    });
  }
  if (error instanceof StatementError && error.code === 'rows-differ') {
    return new Problem('state-differs', 409, 'the state does not allow this command', { cause: error });
  }
  return new Problem('internal-error', 500, 'the command failed and nothing was written', { cause: error });
}

/** Whether the database refused a change because of a rule of its schema (SQLSTATE class 23). */
export function isConstraint(error: unknown): error is PostgresError {
  return error instanceof PostgresError && error.sqlState.startsWith('23');
}

/** The stream has another version than its caller has seen: 409, with both. */
export function versionConflict(stream: string, expected: number, actual: number, cause: unknown): Problem {
  return new Problem('version-conflict', 409, `${stream} is at version ${actual}, not at ${expected}`, {
    members: { expected, actual },
    cause,
  });
}

/** The database, or the queue and bus of AWS, did not answer or refused for now. */
function isUnavailable(error: unknown): boolean {
  if (error instanceof PostgresUnavailableError) return true;
  return error instanceof Error && '$metadata' in error && !('$fault' in error && error.$fault === 'client');
}
