import * as fs from 'node:fs';
import * as os from 'node:os';
import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
} from '@aws-sdk/client-cloudformation';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmulator, type Emulator } from '../../../local/emulator/emulator.js';
import { pythonEnvironment } from '../../../local/emulator/environment.js';
import { gone, identify } from '../../../local/processes/identity.js';
import { freePort } from '../../../local/processes/ports.js';
import { cloud, unique } from '../../support/cloud.js';

/** Each mend of launch.py is probed in the cloud, and in an emulator without mends to see whether the gap is there. */
let mended: Probe;
let bare: Probe;
let emulator: Emulator;
let directory: string;

beforeAll(async () => {
  const running = await cloud();
  directory = fs.mkdtempSync(join(os.tmpdir(), 'dbpatterns-bare-'));
  const python = await pythonEnvironment(join(running.cacheDirectory, 'python'), () => undefined);
  const options = { directory, python, dataApiEndpoint: running.dataApiEndpoint, auth: false, persist: false };
  emulator = await startEmulator({ ...options, port: await freePort(), mends: [] });
  [mended, bare] = await Promise.all([probe(running.endpoint), probe(emulator.endpoint)]);
});

afterAll(async () => {
  await emulator.process.stop();
  fs.rmSync(directory, { recursive: true, force: true });
});

describe("the launcher's mend", () => {
  it('error_names: an error of a handler keeps its name', () => {
    expect(mended.errorType).toBe('RangeError');
    expect(bare.errorType, noLonger('error_names')).not.toBe('RangeError');
  });

  it('error_names: a worker lives on after an error of its handler', () => {
    expect(mended.survivesError).toBe(true);
    expect(bare.survivesError, noLonger('error_names')).toBe(false);
  });

  it('warm_calls: a warm call does not wait for output', () => {
    expect(mended.warmMilliseconds).toBeLessThan(bare.warmMilliseconds);
    expect(bare.warmMilliseconds, noLonger('warm_calls')).toBeGreaterThan(50);
  });

  it('deleted_functions: the workers of a deleted stack end', () => {
    expect(mended.workerOutlivesStack).toBe(false);
    expect(bare.workerOutlivesStack, noLonger('deleted_functions')).toBe(true);
  });

  it('secret_refs: a reference to a secret is its ARN', () => {
    expect(mended.secretRef).toMatch(/^arn:aws:secretsmanager:/);
    expect(bare.secretRef, noLonger('secret_refs')).not.toMatch(/^arn:/);
  });
});

interface Probe {
  readonly errorType: string;
  readonly survivesError: boolean;
  readonly warmMilliseconds: number;
  readonly workerOutlivesStack: boolean;
  readonly secretRef: string | undefined;
}

function noLonger(mend: string): string {
  return `MiniStack no longer has this gap: delete ${mend} from local/emulator/launch.py, and this test`;
}

async function probe(endpoint: string): Promise<Probe> {
  const client = { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  const cloudformation = new CloudFormationClient(client);
  const lambda = new LambdaClient(client);
  const invoke = async (payload: object) => {
    const answer = await lambda.send(new InvokeCommand({ FunctionName: StackName, Payload: JSON.stringify(payload) }));
    return JSON.parse(Buffer.from(answer.Payload ?? []).toString()) as { pid?: number; errorType?: string };
  };
  const StackName = unique('Mends');
  await cloudformation.send(new CreateStackCommand({ StackName, TemplateBody: template(StackName) }));
  const wait = { client: cloudformation, maxWaitTime: 30, minDelay: 1, maxDelay: 1 };
  const created = await waitUntilStackCreateComplete(wait, { StackName });

  const { pid = 0 } = await invoke({});
  const times: number[] = [];
  for (let call = 0; call < 5; call++) {
    const start = performance.now();
    await invoke({});
    times.push(performance.now() - start);
  }
  const { errorType = '' } = await invoke({ fail: true });
  const { pid: later = 0 } = await invoke({});
  const worker = identify(later);
  await cloudformation.send(new DeleteStackCommand({ StackName }));
  await waitUntilStackDeleteComplete(wait, { StackName });
  return {
    errorType,
    survivesError: pid === later,
    warmMilliseconds: Math.min(...times),
    workerOutlivesStack: worker === undefined || !(await gone([worker], 2000)),
    secretRef: created.final?.Stacks?.[0]?.Outputs?.[0]?.OutputValue,
  };
}

function template(name: string): string {
  const code = `exports.handler = async (event) => {
    if (event.fail) throw new RangeError('out of range');
    return { pid: process.pid };
  };`;
  return JSON.stringify({
    Resources: {
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: { AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [] } },
      },
      Function: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          FunctionName: name,
          Runtime: 'nodejs22.x',
          Handler: 'index.handler',
          Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
          Code: { ZipFile: code },
        },
      },
      Secret: { Type: 'AWS::SecretsManager::Secret', Properties: { GenerateSecretString: {} } },
    },
    Outputs: { Secret: { Value: { Ref: 'Secret' } } },
  });
}
