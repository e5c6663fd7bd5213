import { execFile, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { attachLocalCloud, clientOptions, deployedFunctions } from '../../local/index.js';
import { gone, type ProcessIdentity } from '../../local/processes/identity.js';
import { lendWhatIsMadeOnce } from './made-once.js';

const APP = `
import { App, CfnOutput, Stack } from 'aws-cdk-lib/core';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
const stack = new Stack(new App(), 'Project');
new CfnOutput(stack, 'Url', { value: new sqs.Queue(stack, 'Queue').queueUrl });
const fn = new lambda.Function(stack, 'Fn', {
  runtime: lambda.Runtime.NODEJS_22_X,
  handler: 'index.handler',
  code: lambda.Code.fromAsset('handler'),
  logGroup: new logs.LogGroup(stack, 'FnLogs'),
});
new CfnOutput(stack, 'Function', { value: fn.functionName });
`;

let directory: string;

beforeAll(() => {
  directory = fs.mkdtempSync(join(os.tmpdir(), 'dbpatterns-cli-'));
  fs.symlinkSync(resolve('node_modules'), join(directory, 'node_modules'));
  fs.writeFileSync(join(directory, 'app.mjs'), APP);
  const context = { 'cdk-database-patterns:databases': ['catalog'] };
  fs.writeFileSync(join(directory, 'cdk.json'), JSON.stringify({ app: 'node app.mjs', build: 'touch built', context }));
  writeHandler('first');
  lendWhatIsMadeOnce(directory);
});

afterAll(async () => {
  await dbpatterns('local', 'down');
  fs.rmSync(directory, { recursive: true, force: true });
});

function writeHandler(answer: string): void {
  fs.mkdirSync(join(directory, 'handler'), { recursive: true });
  fs.writeFileSync(
    join(directory, 'handler', 'index.js'),
    `exports.handler = async () => { console.log('answers'); console.log('with ${answer}'); return '${answer}'; };`,
  );
}

function dbpatterns(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return dbpatternsIn(directory, ...args);
}

function dbpatternsIn(cwd: string, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((settle) => {
    execFile(process.execPath, [resolve('cli/bin/dbpatterns.js'), ...args], { cwd }, (error, out, err) => {
      settle({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, out, err });
    });
  });
}

describe('dbpatterns', () => {
  it('explains itself, and what it does not know', async () => {
    const help = await dbpatterns('local', '--help');
    expect(help.code).toBe(0);
    for (const command of ['up', 'down', 'status', 'reset', 'logs', 'dev'])
      expect(help.out).toMatch(new RegExp(`^  ${command} `, 'm'));
    expect(await dbpatterns('local', 'upp')).toMatchObject({
      code: 1,
      err: expect.stringContaining('unknown command'),
    });
  });

  it('says that no cloud runs, and how to start one', async () => {
    expect(await dbpatterns('local', 'status')).toMatchObject({
      code: 1,
      out: expect.stringContaining('dbpatterns local up'),
    });
    expect(await dbpatterns('deploy')).toMatchObject({ code: 1, err: expect.stringContaining('dbpatterns local up') });
    expect(await dbpatterns('local', 'down')).toMatchObject({
      code: 0,
      out: expect.stringContaining('No local cloud'),
    });
  });

  it.each([
    [undefined, /there is no cdk\.json in .*: run this in the folder of a CDK app/],
    ['{"app":', /cdk\.json is not JSON/],
    ['null', /cdk\.json must hold an object/],
    ['{}', /cdk\.json names no app: add "app"/],
    ['{"app":5}', /cdk\.json: "app" is 5; it must be a command line/],
    ['{"app":"a","context":{"cdk-database-patterns:databases":"b"}}', /is "b"; it must be a list of names/],
  ])('says what is wrong with a cdk.json that holds %s', async (text, message) => {
    const elsewhere = fs.mkdtempSync(join(directory, 'cdk-'));
    if (text !== undefined) fs.writeFileSync(join(elsewhere, 'cdk.json'), text);
    expect(await dbpatternsIn(elsewhere, 'deploy')).toMatchObject({ code: 1, err: expect.stringMatching(message) });
    fs.rmSync(elsewhere, { recursive: true });
  });

  it('leaves nothing running when up is interrupted', async () => {
    const up = spawn(process.execPath, [resolve('cli/bin/dbpatterns.js'), 'local', 'up'], { cwd: directory });
    await new Promise<void>((settle) =>
      up.stdout.on('data', (text: Buffer) => text.includes('PostgreSQL: ready') && settle()),
    );
    up.kill('SIGINT');
    expect(await new Promise((settle) => up.once('exit', settle))).toBe(130);
    expect(await gone(guards(), 10_000)).toBe(true);
    expect((await dbpatterns('local', 'status')).code).toBe(1);
  });

  it('starts the cloud with the databases of cdk.json, deploys, and takes all down again', async () => {
    const ups = await Promise.all([dbpatterns('local', 'up'), dbpatterns('local', 'up')]);
    for (const up of ups) expect(up).toMatchObject({ code: 0, out: expect.stringContaining('(databases: catalog)') });
    expect(await dbpatterns('local', 'up', '--auth')).toMatchObject({
      code: 1,
      err: expect.stringContaining('it does not enforce IAM'),
    });
    expect(await dbpatterns('local', 'up', '--documented-limits')).toMatchObject({
      code: 1,
      err: expect.stringContaining('its RDS Data API carries rows over 64 KB'),
    });
    expect(await dbpatterns('local', 'up')).toMatchObject({ code: 0, out: expect.stringContaining('was up already') });

    const deployed = await dbpatterns('deploy');
    expect(deployed).toMatchObject({ code: 0, out: expect.stringMatching(/Project\.Url = http:\/\/127\.0\.0\.1/) });
    expect(fs.existsSync(join(directory, 'built'))).toBe(true);
    const status = JSON.parse((await dbpatterns('local', 'status', '--json')).out) as {
      target: unknown;
      stacks: unknown;
      databases: object;
    };
    expect(status.target).toBe('embedded');
    expect(status.stacks).toEqual([{ name: 'Project', status: 'CREATE_COMPLETE' }]);
    expect(Object.keys(status.databases)).toEqual(['catalog']);

    expect(await dbpatterns('local', 'logs')).toMatchObject({ code: 0, err: 'No function has logged anything.\n' });

    const running = guards();
    expect((await dbpatterns('local', 'down')).code).toBe(0);
    expect(await gone(running, 0)).toBe(true);
  });

  it('deploys what changes under local dev, a handler at once, and nothing because of its own build', async () => {
    const dev = spawn(process.execPath, [resolve('cli/bin/dbpatterns.js'), 'local', 'dev'], { cwd: directory });
    let said = '';
    dev.stdout.on('data', (text: Buffer) => (said += text.toString()));
    await expect.poll(() => said, { timeout: 30_000 }).toContain('watching');
    expect(await call()).toBe('first');
    await new Promise((settle) => setTimeout(settle, 300));
    writeHandler('second');
    await expect.poll(call, { timeout: 20_000 }).toBe('second');
    await expect.poll(() => said, { timeout: 20_000 }).toMatch(/changed: handler[^]*stacks up to date/);
    const before = said;
    await new Promise((settle) => setTimeout(settle, 1500));
    expect(said).toBe(before);
    const logged = () => dbpatterns('local', 'logs').then(({ out }) => out);
    await expect.poll(logged, { timeout: 10_000 }).toMatch(/FnLogs.* answers\n.* with first[^]* with second/);
    await expect(dbpatterns('deploy', 'Nope')).resolves.toMatchObject({
      code: 1,
      err: "dbpatterns: there is no stack 'Nope' in the app: Project\n",
    });
    dev.kill('SIGINT');
    expect(await new Promise((settle) => dev.once('exit', settle))).toBe(130);
    expect((await dbpatterns('local', 'status')).code).toBe(0);
  });

  it('forgets everything at reset', async () => {
    expect((await dbpatterns('local', 'down')).code).toBe(0);
    expect((await dbpatterns('local', 'reset')).code).toBe(0);
    expect(fs.existsSync(join(directory, '.local', 'state'))).toBe(false);
  });
});

async function call(): Promise<unknown> {
  const cloud = await attachLocalCloud(join(directory, '.local', 'state'));
  const client = new LambdaClient(clientOptions(cloud));
  const [fn] = await deployedFunctions(cloud, ['Project']);
  const { Payload } = await client.send(new InvokeCommand({ FunctionName: fn?.functionName }));
  return JSON.parse(Buffer.from(Payload ?? []).toString());
}

function guards(): ProcessIdentity[] {
  return ['emulator', 'postgres'].flatMap((part) => {
    const path = join(directory, '.local', 'state', part, 'exit.guard');
    return fs.existsSync(path) ? [JSON.parse(fs.readFileSync(path, 'utf8')) as ProcessIdentity] : [];
  });
}
