import { cpSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { deploy, startLocalCloud, type LocalCloud, type StackOutputs } from '../../local/index.js';
import { clientOptions } from '../../local/deploy/clients.js';
import { findPython } from '../../local/emulator/python.js';
import { root } from '../support/paths.js';
import { run } from '../support/run.js';
import { generate, type Step } from './generate.js';

/** How long a view may take to show a command: the functions between them start cold. */
const VIEW = 30_000;

/** A CDK app in Python, whose handlers are in Python too, on a local cloud. */
export async function python(folder: string, step: Step): Promise<void> {
  const env = join(folder, 'venv');
  const interpreter = join(env, 'bin/python');
  const pip = (...args: string[]): Promise<string> =>
    run(interpreter, ['-m', 'pip', '--disable-pip-version-check', '--no-input', '--quiet', ...args]);

  const sources = await step('generated', () => generate('python', join(folder, 'generated')));
  await step('built the wheel and installed it', async () => {
    await run(await findPython(), ['-m', 'venv', env]);
    await pip('wheel', '--no-deps', '--wheel-dir', folder, sources);
    const wheel = readdirSync(folder).find((name) => name.endsWith('.whl')) ?? 'no wheel';
    await pip('install', join(folder, wheel), ...floor());
  });

  const app = join(folder, 'app');
  cpSync(join(root, 'test/languages/python'), app, { recursive: true });
  const cloud = await step('started a local cloud', () =>
    startLocalCloud({
      stateDirectory: join(folder, 'state'),
      cacheDirectory: join(root, '.local'),
      databases: ['notes'],
    }),
  );
  try {
    const command = `${interpreter} app.py`;
    const outputs = await step('deployed the app', () => deploy({ cloud, app: command, workingDirectory: app }));
    await step('a command is in the view', () => use(cloud, outputs));
  } finally {
    await cloud.stop();
  }
}

/** The peers at the floor that this repository develops against. */
function floor(): string[] {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  return ['aws-cdk-lib', 'constructs'].map((name) => `${name}==${devDependencies[name] ?? ''}`);
}

async function use(cloud: LocalCloud, outputs: StackOutputs): Promise<void> {
  const { CommandsUrl = '', ViewName } = outputs['PythonNotes'] ?? {};
  const url = cloud.httpUrl(CommandsUrl).replace(/\/$/, '');
  const send = (text: unknown, key: string): Promise<Response> =>
    fetch(`${url}/note/first/Write`, {
      method: 'POST',
      headers: { authorization: 'AWS4-HMAC-SHA256 Credential=test', 'idempotency-key': key },
      body: JSON.stringify({ text }),
    });
  const refused = await send('', 'refused');
  if (refused.status !== 400) throw new Error(`an empty note was answered with ${refused.status}`);
  const written = await send('decided in Python', 'first');
  if (written.status !== 200) throw new Error(`a note was answered with ${written.status}: ${await written.text()}`);

  const client = new DynamoDBClient(clientOptions(cloud));
  const end = performance.now() + VIEW;
  while (performance.now() < end) {
    const { Item } = await client.send(new GetItemCommand({ TableName: ViewName, Key: { id: { S: 'first' } } }));
    if (Item?.['text']?.S === 'decided in Python' && Item['letters']?.N === '17') return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the note was not in the view after ${VIEW / 1000} s`);
}
