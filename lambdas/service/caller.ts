import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { validate } from '../cqrs/validate.js';
import { objectIn } from '../private/json.js';
import { retrying, type Environment, type Random, type Sleep } from '../stores/index.js';
import { functionOf } from './environment.js';
import { CALL_FORMAT, isAnswer, type CallFacts, type OperationAnswer, type OperationCall } from './message.js';
import { addressOf, type Operation } from './operation.js';
import { broken, OperationError } from './operation-error.js';
import { problemOf } from './problem-of.js';

/** What a caller is made with; each has a default. */
export interface CallerOptions {
  /** Default: the process's. */
  readonly environment?: Environment;
  /** Default: one that repeats what Lambda surely did not take, and nothing else. */
  readonly client?: Pick<LambdaClient, 'send'>;
  readonly random?: Random;
  readonly sleep?: Sleep;
}

/** Calls one operation. */
export type Caller<Takes extends StandardSchemaV1, Gives extends StandardSchemaV1> = (
  input: StandardSchemaV1.InferInput<Takes>,
  facts?: CallFacts,
) => Promise<StandardSchemaV1.InferOutput<Gives>>;

/** Lambda refuses these before the function has seen the call. */
const CERTAIN = ['TooManyRequestsException', 'ResourceConflictException', 'ResourceNotReadyException'];
const ATTEMPTS = 3;
/** Pauses between them, in milliseconds: up to this one, then up to its double. */
const FIRST_PAUSE = 200;

/**
 * Calls an operation of another service, with the rights and the address that `operation.wire(fn)` gave this function.
 *
 * A refusal rejects with the service's own `Problem`: in a command handler it is the answer to the client as it stands,
 * or it is caught by its `code`. After `failed` and `unavailable` nobody knows whether something was done: call again with
 * the same `key`, and let the service tell repeats apart by it.
 *
 * @example
 * const reserveUnits = caller(reserve);
 * const { left } = await reserveUnits({ product: '85123A', units: 2 }, { key: command });
 */
export function caller<Takes extends StandardSchemaV1, Gives extends StandardSchemaV1>(
  operation: Operation<Takes, Gives>,
  options: CallerOptions = {},
): Caller<Takes, Gives> {
  const address = addressOf(operation);
  let client = options.client;
  return async (input, facts = {}) => {
    const given = validate(operation.takes, input);
    if (given.faults) throw broken('invalid-input', `what is given to ${address}`, address, given.faults);
    const name = functionOf(operation, options.environment);
    // A call is not repeated by the client: its answer may be what was lost.
    client ??= new LambdaClient({ maxAttempts: 1 });
    const call: OperationCall = {
      format: CALL_FORMAT,
      operation: address,
      key: facts.key,
      correlationId: facts.correlationId,
      traceparent: facts.traceparent,
      input: given.value,
    };
    const answer = await send({ ...options, client }, name, call);
    if ('problem' in answer) throw problemOf(answer.problem);
    const got = validate(operation.gives, answer.answer);
    if (got.faults) throw broken('invalid-answer', `the answer of ${address}`, address, got.faults);
    return got.value;
  };
}

/** With what a call is sent. */
type Sending = Required<Pick<CallerOptions, 'client'>> & Pick<CallerOptions, 'random' | 'sleep'>;

async function send(sending: Sending, name: string, call: OperationCall): Promise<OperationAnswer> {
  const address = call.operation;
  const command = new InvokeCommand({ FunctionName: name, Payload: Buffer.from(JSON.stringify(call)) });
  const { Payload, FunctionError } = await invoked(sending, command, address);
  const text = Buffer.from(Payload ?? []).toString('utf8');
  if (FunctionError !== undefined) {
    const { errorType } = objectIn(text);
    const what = typeof errorType === 'string' ? errorType : FunctionError;
    throw new OperationError('failed', address, `${address} failed with ${what}: see the log of its function`);
  }
  const answer: unknown = objectIn(text);
  if (isAnswer(answer)) return answer;
  throw new OperationError(
    'invalid-answer',
    address,
    `${address} gave no answer in format ${CALL_FORMAT}: serve it with the library's serve(operation, …)`,
  );
}

async function invoked({ client, random, sleep }: Sending, command: InvokeCommand, address: string) {
  const when = (error: unknown, attempt: number) => attempt < ATTEMPTS && CERTAIN.includes(nameOf(error));
  const pauses = { base: FIRST_PAUSE, cap: FIRST_PAUSE * 2, random, sleep };
  try {
    return await retrying(() => client.send(command), { when, ...pauses });
  } catch (cause) {
    throw new OperationError('unavailable', address, `${address} could not be called: ${nameOf(cause)}`, { cause });
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'an unknown error';
}
