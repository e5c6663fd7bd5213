import type { FieldFault } from '../cqrs/index.js';
import { isTransient } from '../cqrs/transient.js';

/**
 * Why an operation gave no answer.
 *
 * - `invalid-input`: what the caller gives is not what the contract says; nothing was sent.
 * - `invalid-answer`: the answer is not what the contract says: the two were deployed with different contracts.
 * - `other-contract`: the call is in a format, or for an operation, that the function does not serve.
 * - `failed`: the function failed. Whether it did something, nobody knows.
 * - `unavailable`: Lambda did not take the call, or its answer was lost. Whether it did something, nobody knows.
 */
export type OperationErrorCode = 'invalid-input' | 'invalid-answer' | 'other-contract' | 'failed' | 'unavailable';

/** An operation that gave no answer. The message names the fields at fault and no value. */
export class OperationError extends Error {
  override readonly name = 'OperationError';
  /** Set where the same call may succeed a little later, as the SDK does: a command or a query answers 503 then. */
  readonly $retryable?: object;

  constructor(
    readonly code: OperationErrorCode,
    /** The operation: `inventory/Reserve`. */
    readonly operation: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    if (isTransient(this.cause)) this.$retryable = {};
  }
}

/** What breaks a contract: the fields at fault, without what they hold. */
export function broken(
  code: 'invalid-input' | 'invalid-answer',
  what: string,
  operation: string,
  faults: readonly FieldFault[],
): OperationError {
  const where = faults.map(({ pointer }) => pointer || 'the whole').join(', ');
  return new OperationError(code, operation, `${what} is not as agreed; at fault: ${where}`);
}
