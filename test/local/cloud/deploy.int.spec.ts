import { CfnOutput, NestedStack } from 'aws-cdk-lib/core';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { describe, expect, it } from 'vitest';
import { deployedFunctions, LocalCloudError } from '../../../local/index.js';
import { cloud, deployStack } from '../../support/cloud.js';

describe('deploying to the local cloud', () => {
  it('answers the outputs of the stack, and its functions run', async () => {
    const { outputs } = await deployStack('Deploys', (stack) => {
      const fn = new lambda.Function(stack, 'Fn', {
        runtime: lambda.Runtime.NODEJS_22_X,
        handler: 'index.handler',
        code: lambda.Code.fromInline('exports.handler = async (event) => ({ seen: event.x });'),
      });
      new CfnOutput(stack, 'FunctionName', { value: fn.functionName });
    });
    const answer = await new LambdaClient().send(
      new InvokeCommand({ FunctionName: outputs.FunctionName, Payload: JSON.stringify({ x: 1 }) }),
    );
    expect(JSON.parse(Buffer.from(answer.Payload ?? []).toString())).toEqual({ seen: 1 });
  });

  it("makes nested stacks, whose functions are the stack's as well", async () => {
    const { stackName } = await deployStack('Nests', (stack) => {
      new lambda.Function(new NestedStack(stack, 'Inner'), 'Fn', {
        runtime: lambda.Runtime.NODEJS_22_X,
        handler: 'index.handler',
        code: lambda.Code.fromInline('exports.handler = async () => 1;'),
      });
    });
    const functions = await deployedFunctions(await cloud(), [stackName]);
    expect(functions).toEqual([expect.objectContaining({ resource: expect.stringMatching(/^Fn/) })]);
  });

  it('names the resource that failed, and why', async () => {
    const failure = deployStack('Fails', (stack) => {
      new sqs.Queue(stack, 'Good');
      new sqs.CfnQueue(stack, 'Bad').addOverride('Type', 'AWS::Nowhere::Thing');
    });
    await expect(failure).rejects.toThrow(LocalCloudError);
    await expect(failure).rejects.toThrow(/AWS::Nowhere::Thing/);
  });

  it('says what the app said when it cannot be synthesised', async () => {
    const failure = deployStack('Throws', () => {
      throw new Error('the partition key is missing');
    });
    await expect(failure).rejects.toMatchObject({ code: 'SYNTH_FAILED' });
    await expect(failure).rejects.toThrow(/the partition key is missing/);
  });
});
