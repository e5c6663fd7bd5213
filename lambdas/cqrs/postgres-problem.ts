import { PostgresError, PostgresUnavailableError, StatementError } from '../stores/index.js';
import { busy, unavailable } from './command-problem.js';
import { Problem } from './problem.js';

/** A statement or a lock took longer than it may: both have undone the command. */
const WAITED_TOO_LONG = ['57014', '55P03'];

/** A character that PostgreSQL's texts cannot hold, such as U+0000, which JSON allows. */
const UNSTORABLE = ['22021', '22P05'];

/** What PostgreSQL said about a command, as a problem where it stands for one. */
export function postgresProblem(error: unknown): unknown {
  if (error instanceof PostgresUnavailableError) return unavailable(error);
  if (error instanceof PostgresError && (error.isConflict || WAITED_TOO_LONG.includes(error.sqlState))) {
    return busy(error);
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
  return error;
}

/** Whether the database refused a change because of a rule of its schema (SQLSTATE class 23). */
export function isConstraint(error: unknown): error is PostgresError {
  return error instanceof PostgresError && error.sqlState.startsWith('23');
}
