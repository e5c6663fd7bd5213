import { LambdaClient } from '@aws-sdk/client-lambda';
import { expect, it } from 'vitest';
import { deciderFunction } from '../../../lambdas/cqrs/decider.js';

const asked: unknown[] = [];

/** A client whose function answers this. */
function answering({ payload, ...answer }: { FunctionError?: string; payload: unknown }): LambdaClient {
  const client = new LambdaClient({ region: 'eu-west-1' });
  client.middlewareStack.add(
    () => async (args) => {
      asked.push(args.input);
      const output = { $metadata: {}, ...answer, Payload: Buffer.from(JSON.stringify(payload)) };
      return { response: {}, output };
    },
    { step: 'initialize' },
  );
  return client;
}

it('a decider is asked in JSON and answers in JSON', async () => {
  const decider = deciderFunction('decide', answering({ payload: { events: [] } }));
  expect(await decider({ id: '1' })).toEqual({ events: [] });
  expect(asked).toEqual([{ FunctionName: 'decide', Payload: Buffer.from('{"id":"1"}') }]);
});

it('a decider that fails is named with the type of its error and without its words, which may quote the data', async () => {
  const payload = { errorType: 'KeyError', errorMessage: "'secret of somebody'" };
  const failure = deciderFunction('decide', answering({ FunctionError: 'Unhandled', payload }))({});
  await expect(failure).rejects.toMatchObject({ name: 'DeciderError', code: 'decider-failed' });
  await expect(failure).rejects.toThrow(/^the decider 'decide' failed with KeyError; its log says more$/);
});
