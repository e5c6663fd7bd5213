import * as fs from 'node:fs';
import * as os from 'node:os';
import { join, resolve } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Functions } from '../../../cli/dev/functions.js';
import { clientOptions, deploy } from '../../../local/index.js';
import { cloud, unique } from '../../support/cloud.js';

/** Three functions, of which two are called by an alias, as operations are. */
const APP = (stackName: string): string => `
import { App, CfnOutput, Stack } from 'aws-cdk-lib/core';
import * as lambda from 'aws-cdk-lib/aws-lambda';
const stack = new Stack(new App(), '${stackName}');
for (const name of ['offered', 'plain', 'other']) {
  const fn = new lambda.Function(stack, name, {
    runtime: lambda.Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: lambda.Code.fromAsset(name),
  });
  const called = name === 'plain' ? fn : new lambda.Alias(stack, name + 'Live', { aliasName: 'live', version: fn.currentVersion });
  new CfnOutput(stack, name + 'Name', { value: fn.functionName });
  new CfnOutput(stack, name + 'Called', { value: called.functionArn });
}
`;

let directory: string;
beforeAll(() => {
  directory = fs.mkdtempSync(join(os.tmpdir(), 'dbpatterns-functions-'));
  fs.symlinkSync(resolve('node_modules'), join(directory, 'node_modules'));
});
afterAll(() => fs.rmSync(directory, { recursive: true, force: true }));

/** The code of a function, in its folder. */
function write(name: string, answer: string): void {
  fs.mkdirSync(join(directory, name), { recursive: true });
  fs.writeFileSync(join(directory, name, 'index.js'), `exports.handler = async () => '${answer}';`);
}

it('sends what changed to those who call a function by an alias as well, and leaves alone what did not', async () => {
  const running = await cloud();
  const stackName = unique('Aliased');
  fs.writeFileSync(join(directory, 'app.mjs'), APP(stackName));
  for (const name of ['offered', 'plain', 'other']) write(name, 'first');
  const deployed = () =>
    deploy({ cloud: running, app: 'node app.mjs', workingDirectory: directory, assetStaging: false });
  const outputs = (await deployed())[stackName] ?? {};
  const client = new LambdaClient(clientOptions(running));
  const answers = (): Promise<unknown[]> =>
    Promise.all(
      ['offered', 'plain', 'other'].map(async (name) => {
        const { Payload } = await client.send(new InvokeCommand({ FunctionName: outputs[`${name}Called`] }));
        return JSON.parse(Buffer.from(Payload ?? []).toString()) as unknown;
      }),
    );
  const functions = new Functions(running);
  await functions.learn([stackName]);
  expect(functions.folders).toHaveLength(3);
  expect(await answers()).toEqual(['first', 'first', 'first']);

  write('offered', 'second');
  write('plain', 'second');
  const updated = await functions.update();
  expect(updated.sort()).toEqual([outputs['offeredName'], outputs['plainName']].sort());
  expect(await answers()).toEqual(['second', 'second', 'first']);
  expect(await functions.update()).toEqual([]);

  // the deployment that follows agrees
  await deployed();
  expect(await answers()).toEqual(['second', 'second', 'first']);
});
