import * as fs from 'node:fs';
import * as os from 'node:os';
import { join } from 'node:path';
import { CloudFormationClient, CreateStackCommand, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEmulator } from '../../../local/emulator/emulator.js';
import { pythonEnvironment } from '../../../local/emulator/environment.js';
import { freePort } from '../../../local/processes/ports.js';
import { cloud } from '../../support/cloud.js';

/** A queue that denies what does not come by TLS. */
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
  },
  Outputs: {
    queue: { Value: { Ref: 'Queue' } },
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
    await cloudformation.send(new CreateStackCommand({ ...stack, TemplateBody: JSON.stringify(TEMPLATE) }));
    const wait = { client: cloudformation, maxWaitTime: 30, minDelay: 1, maxDelay: 1 };
    const { final } = await waitUntilStackCreateComplete(wait, stack);
    const QueueUrl = final?.Stacks?.[0]?.Outputs?.[0]?.OutputValue;
    const sqs = new SQSClient({ ...root, credentials: await sender(new IAMClient(root)), maxAttempts: 1 });
    try {
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello' }));
      return 'sent';
    } catch (error) {
      return error instanceof Error ? error.name : 'unknown';
    }
  } finally {
    await emulator.process.stop();
  }
}

/** The key of a user who may send to any queue. */
async function sender(iam: IAMClient): Promise<{ accessKeyId: string; secretAccessKey: string }> {
  const user = { UserName: 'sender' };
  await iam.send(new CreateUserCommand(user));
  const statement = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' };
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  await iam.send(new PutUserPolicyCommand({ ...user, PolicyName: 'Send', PolicyDocument }));
  const { AccessKey: key } = await iam.send(new CreateAccessKeyCommand(user));
  return { accessKeyId: key?.AccessKeyId ?? '', secretAccessKey: key?.SecretAccessKey ?? '' };
}
