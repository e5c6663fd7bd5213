import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { CfnOutput, Duration } from 'aws-cdk-lib/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { deployStack } from '../../support/cloud.js';

const CODE = `
let calls = 0;
exports.handler = async ({ does }) => {
  console.log('asked to', does);
  if (does === 'hang') await new Promise((resolve) => setTimeout(resolve, 60_000));
  if (does === 'die') process.exit(3);
  return ++calls;
};`;

describe.runIf(process.env.DBPATTERNS_TEST_TARGET === 'localstack-host')('a function without Docker', () => {
  const client = new LambdaClient();
  let name: string | undefined;

  beforeAll(async () => {
    const { outputs } = await deployStack('Executes', (stack) => {
      const fn = new lambda.Function(stack, 'Fn', {
        runtime: lambda.Runtime.NODEJS_22_X,
        handler: 'index.handler',
        code: lambda.Code.fromInline(CODE),
        timeout: Duration.seconds(2),
      });
      new CfnOutput(stack, 'Name', { value: fn.functionName });
    });
    name = outputs['Name'];
  });

  async function call(does: string): Promise<{ answer: unknown; log: string }> {
    const command = new InvokeCommand({ FunctionName: name, Payload: JSON.stringify({ does }), LogType: 'Tail' });
    const { Payload, LogResult = '' } = await client.send(command);
    const answer: unknown = JSON.parse(Buffer.from(Payload ?? []).toString());
    return { answer, log: Buffer.from(LogResult, 'base64').toString() };
  }

  it.each([
    ['hang', 'Sandbox.Timedout'],
    ['die', 'Runtime.ExitError'],
  ])('starts cold right after one that was asked to %s', async (does, errorType) => {
    for (let time = 0; time < 3; time++) {
      expect(await call(does)).toMatchObject({ answer: { errorType } });
      expect(await call('count')).toMatchObject({ answer: 1 });
    }
  });

  it('stays warm, and says of each invocation what it wrote during it', async () => {
    const first = await call('count');
    const second = await call('count again');
    expect(second.answer).toBe(Number(first.answer) + 1);
    expect(second.log).toMatch(/START[^]*asked to count again[^]*END[^]*REPORT/);
    expect(second.log.match(/asked to/g)).toHaveLength(1);
  });
});
