import * as fs from 'node:fs';
import * as os from 'node:os';
import { join } from 'node:path';
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEmulator, type Emulator } from '../../../local/emulator/emulator.js';
import { pythonEnvironment } from '../../../local/emulator/environment.js';
import { freePort } from '../../../local/processes/ports.js';
import { cloud } from '../../support/cloud.js';

const directories: string[] = [];
const emulators: Emulator[] = [];

/** An emulator that enforces IAM, with all mends or with none. */
async function start(mends?: readonly string[]): Promise<string> {
  const running = await cloud();
  const directory = fs.mkdtempSync(join(os.tmpdir(), 'dbpatterns-auth-'));
  directories.push(directory);
  const python = await pythonEnvironment(join(running.cacheDirectory, 'python'), () => undefined);
  const options = { directory, python, dataApiEndpoint: running.dataApiEndpoint, auth: true, persist: false };
  const emulator = await startEmulator({ ...options, port: await freePort(), ...(mends ? { mends } : {}) });
  emulators.push(emulator);
  return emulator.endpoint;
}

/** Sends a message to a queue that refuses whoever does not come by TLS, as all queues of the kit do. */
async function send(endpoint: string): Promise<unknown> {
  const client = new SQSClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  const Policy = JSON.stringify({
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
  });
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: 'tls-only', Attributes: { Policy } }));
  return client.send(new SendMessageCommand({ QueueUrl, MessageBody: '{}' })).finally(() => client.destroy());
}

let mended: string;
let bare: string;

beforeAll(async () => {
  [mended, bare] = await Promise.all([start(), start([])]);
});

afterAll(async () => {
  await Promise.all(emulators.map((emulator) => emulator.process.stop()));
  for (const directory of directories) fs.rmSync(directory, { recursive: true, force: true });
});

it("the launcher's mend secure_transport: with IAM enforced, a queue that demands TLS can be used", async () => {
  await expect(send(mended)).resolves.toHaveProperty('MessageId');
  await expect(
    send(bare),
    'MiniStack no longer has this gap: delete secure_transport from local/emulator/launch.py, and this test',
  ).rejects.toThrow(/denied/);
});
