import * as fs from 'node:fs';
import * as os from 'node:os';
import { join } from 'node:path';
import { CloudFormationClient, CreateStackCommand, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEmulator } from '../../../local/emulator/emulator.js';
import { pythonEnvironment } from '../../../local/emulator/environment.js';
import { freePort } from '../../../local/processes/ports.js';
import { cloud } from '../../support/cloud.js';

/** A queue that denies what does not come by TLS, and a user who may send to it. */
const TEMPLATE = {
  Resources: {
    Queue: { Type: 'AWS::SQS::Queue' },
    OnlyTls: {
      Type: 'AWS::SQS::QueuePolicy',
      Properties: {
        Queues: [{ Ref: 'Queue' }],
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Deny',
              Principal: '*',
              Action: 'sqs:*',
              Resource: '*',
              Condition: { Bool: { 'aws:SecureTransport': 'false' } },
            },
          ],
        },
      },
    },
    User: {
      Type: 'AWS::IAM::User',
      Properties: {
        Policies: [
          {
            PolicyName: 'Send',
            PolicyDocument: {
              Version: '2012-10-17',
              Statement: [{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' }],
            },
          },
        ],
      },
    },
    Key: { Type: 'AWS::IAM::AccessKey', Properties: { UserName: { Ref: 'User' } } },
  },
  Outputs: {
    queue: { Value: { Ref: 'Queue' } },
    accessKeyId: { Value: { Ref: 'Key' } },
    secretAccessKey: { Value: { 'Fn::GetAtt': ['Key', 'SecretAccessKey'] } },
  },
};

let directory: string;
let python: string;

beforeAll(async () => {
  directory = fs.mkdtempSync(join(os.tmpdir(), 'dbpatterns-loopback-'));
  python = await pythonEnvironment(join((await cloud()).cacheDirectory, 'python'), () => undefined);
});

afterAll(() => fs.rmSync(directory, { recursive: true, force: true }));

it("the launcher's mend loopback_is_secure: a policy that asks for TLS lets the local cloud's own calls pass", async () => {
  const [mended, bare] = await Promise.all([outcome('mended'), outcome('bare', [])]);

  expect(mended).toBe('sent');
  expect(
    bare,
    'MiniStack no longer has this gap: delete loopback_is_secure from local/emulator/launch.py, and this test',
  ).toMatch(/AccessDenied/);
});

/** What sending by plain HTTP comes to in an emulator that enforces IAM. */
async function outcome(name: string, mends?: readonly string[]): Promise<string> {
  const emulator = await startEmulator({
    directory: fs.mkdtempSync(join(directory, name)),
    python,
    port: await freePort(),
    dataApiEndpoint: 'http://127.0.0.1:9',
    auth: true,
    persist: false,
    mends,
  });
  try {
    const { endpoint } = emulator;
    const root = { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
    const cloudformation = new CloudFormationClient(root);
    const stack = { StackName: 'Loopback' };
    const template = { TemplateBody: JSON.stringify(TEMPLATE), Capabilities: ['CAPABILITY_NAMED_IAM' as const] };
    await cloudformation.send(new CreateStackCommand({ ...stack, ...template }));
    const wait = { client: cloudformation, maxWaitTime: 30, minDelay: 1, maxDelay: 1 };
    const { reason } = await waitUntilStackCreateComplete(wait, stack);
    const outputs = (reason as { Stacks: { Outputs: { OutputKey: string; OutputValue: string }[] }[] }).Stacks[0]
      ?.Outputs;
    const output = (key: string): string => outputs?.find(({ OutputKey }) => OutputKey === key)?.OutputValue ?? '';
    const credentials = { accessKeyId: output('accessKeyId'), secretAccessKey: output('secretAccessKey') };
    const sqs = new SQSClient({ ...root, credentials, maxAttempts: 1 });
    try {
      await sqs.send(new SendMessageCommand({ QueueUrl: output('queue'), MessageBody: 'hello' }));
      return 'sent';
    } catch (error) {
      return error instanceof Error ? error.name : 'unknown';
    }
  } finally {
    await emulator.process.stop();
  }
}
