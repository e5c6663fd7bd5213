import { isProblem, Problem } from './problem.js';
import { isTransient } from './transient.js';

/** Whatever went wrong with a command, as the answer to its client. Says nothing about the inside. */
export function toProblem(error: unknown): Problem {
  if (isProblem(error)) return error;
  if (isUnavailable(error)) return unavailable(error);
  return new Problem('internal-error', 500, 'the command failed and nothing was written', { cause: error });
}

/** The store did not answer, or refused for now. Nothing is known to be written: 503. */
export function unavailable(cause: unknown): Problem {
  return new Problem('unavailable', 503, 'try again with the same Idempotency-Key: a command is done at most once', {
    cause,
  });
}

/** Others were faster, again and again: 503. */
export function busy(cause: unknown): Problem {
  return new Problem('busy', 503, 'other commands change the same, try again with the same Idempotency-Key', { cause });
}

/** The stream has another version than its caller has seen: 409, with both. */
export function versionConflict(stream: string, expected: number, actual: number, cause?: unknown): Problem {
  return new Problem('version-conflict', 409, `${stream} is at version ${actual}, not at ${expected}`, {
    members: { expected, actual },
    cause,
  });
}

/** The command's id was used for a command with other content: 422. */
export function keyReused(): Problem {
  return new Problem('key-reused', 422, 'this Idempotency-Key was used for something else: send a new one');
}

/** A service of AWS did not answer, or refused for now. */
function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // A service that is too busy calls it a fault of its client.
  return isTransient(error) || ('$metadata' in error && !('$fault' in error && error.$fault === 'client'));
}
