import type { StandardSchemaV1 } from '@standard-schema/spec';
import { invalid, isProblem } from '../cqrs/index.js';
import { validate } from '../cqrs/validate.js';
import { DEPTH_LIMIT, isDeep } from '../private/depth.js';
import type { Environment } from '../stores/index.js';
import { serves } from './environment.js';
import { CALL_FORMAT, isCall, type CallFacts, type OperationAnswer } from './message.js';
import { addressOf, type Operation } from './operation.js';
import { broken, OperationError } from './operation-error.js';

/** What an operation is run with; each has a default. */
export interface ServeOptions {
  /** Default: the process's. */
  readonly environment?: Environment;
}

/** A schema walks through what it checks. */
const TOO_DEEP = { value: undefined, faults: [{ pointer: '', detail: `nested more than ${DEPTH_LIMIT} deep` }] };

/** A Lambda function that serves an operation. */
export type OperationHandler = (call: unknown) => Promise<OperationAnswer>;

/**
 * Serves an operation: the input is checked before, and the answer after. Throw `refusal(…)` or `notFound(…)` to refuse;
 * the caller's promise is rejected with the same problem.
 *
 * A call may come twice, since its answer may be lost: what must not be done twice is told apart by `key`.
 *
 * @example
 * export const handler = serve(reserve, async ({ product, units }, { key }) => {
 *   const [row] = await db.query(takeUnits, { product, units, key });
 *   if (!row) throw refusal('too-few', `there are not ${units} of ${product}`);
 *   return { left: row.left };
 * });
 */
export function serve<Takes extends StandardSchemaV1, Gives extends StandardSchemaV1>(
  operation: Operation<Takes, Gives>,
  handle: (
    input: StandardSchemaV1.InferOutput<Takes>,
    facts: CallFacts,
  ) => StandardSchemaV1.InferInput<Gives> | Promise<StandardSchemaV1.InferInput<Gives>>,
  options: ServeOptions = {},
): OperationHandler {
  let checked = false;
  return async (call) => {
    if (!checked) serves(operation, options.environment);
    checked = true;
    const { input, ...facts } = callOf(operation, call);
    const { value, faults } = isDeep(input) ? TOO_DEEP : validate(operation.takes, input);
    if (faults) return { format: CALL_FORMAT, problem: invalid(faults).document() };
    try {
      return { format: CALL_FORMAT, answer: answered(operation, await handle(value, facts)) };
    } catch (error) {
      if (!isProblem(error)) throw error;
      return { format: CALL_FORMAT, problem: error.document() };
    }
  };
}

function callOf(operation: Operation, call: unknown): CallFacts & { readonly input?: unknown } {
  const address = addressOf(operation);
  if (isCall(call) && call.operation === address) {
    const { key, correlationId, traceparent, input } = call;
    return { key, correlationId, traceparent, input };
  }
  throw new OperationError(
    'other-contract',
    address,
    `what was sent is no call of ${address} in format ${CALL_FORMAT}: call it with the library's caller(operation)`,
  );
}

/** An answer that breaks the contract is the service's own fault. */
function answered(operation: Operation, given: unknown): unknown {
  const { value, faults } = validate(operation.gives, given);
  if (!faults) return value;
  const address = addressOf(operation);
  throw broken('invalid-answer', `the answer of ${address}`, address, faults);
}
