import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { objectIn } from '../private/json.js';

/** A function in any language that is asked what to do, and does nothing itself. */
export type Decider = (question: object) => Promise<unknown>;

/** Why a decider's answer cannot be used. */
export type DeciderErrorCode = 'decider-failed' | 'invalid-answer';

/** A decider failed, or answered with something else than it may. The message has its error's type, never its words. */
export class DeciderError extends Error {
  override readonly name = 'DeciderError';

  constructor(
    readonly code: DeciderErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/**
 * The decider that is a Lambda function.
 *
 * @param name - the function's ARN or name
 */
export function deciderFunction(name: string, client = new LambdaClient({})): Decider {
  return async (question) => {
    const payload = Buffer.from(JSON.stringify(question));
    const answer = await client.send(new InvokeCommand({ FunctionName: name, Payload: payload }));
    const text = Buffer.from(answer.Payload ?? []).toString('utf8');
    if (answer.FunctionError !== undefined) {
      const { errorType } = objectIn(text);
      const what = typeof errorType === 'string' ? errorType : answer.FunctionError;
      throw new DeciderError('decider-failed', `the decider '${name}' failed with ${what}; its log says more`);
    }
    return JSON.parse(text) as unknown;
  };
}

/** What a decider has to answer and did not. */
export function invalidAnswer(what: string): DeciderError {
  return new DeciderError('invalid-answer', `the decider's answer is not as agreed: ${what}`);
}
