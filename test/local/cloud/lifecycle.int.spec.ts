import { spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as os from 'node:os';
import { join, resolve } from 'node:path';
import { CreateQueueCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  attachLocalCloud,
  startLocalCloud,
  stopLocalCloud,
  type LocalCloud,
  type LocalProgress,
} from '../../../local/index.js';
import { clientOptions } from '../../../local/deploy/clients.js';
import { gone, identify, type ProcessIdentity } from '../../../local/processes/identity.js';

const cacheDirectory = resolve('.local');
let directory: string;
let running: LocalCloud | undefined;
let progress: LocalProgress[] = [];

beforeAll(() => {
  directory = fs.mkdtempSync(join(os.tmpdir(), 'dbpatterns-life-'));
  fs.chmodSync(directory, 0o755);
});

afterEach(async () => {
  await running?.stop();
  running = undefined;
});

afterAll(() => fs.rmSync(directory, { recursive: true, force: true }));

/** A cloud that keeps its state; all tests here use the same folder, one after the other. */
async function start(onFailure?: (reason: string) => void): Promise<LocalCloud> {
  progress = [];
  running = await startLocalCloud({
    stateDirectory: join(directory, 'state'),
    cacheDirectory,
    databases: ['kept'],
    persist: true,
    onProgress: (line) => progress.push(line),
    ...(onFailure ? { onFailure } : {}),
  });
  return running;
}

async function write(cloud: LocalCloud, name: string): Promise<void> {
  await new SQSClient(clientOptions(cloud)).send(new CreateQueueCommand({ QueueName: name }));
  await query(cloud, `create table ${name} (id int)`);
}

async function holds(cloud: LocalCloud, name: string): Promise<{ queue: string | undefined; table: boolean }> {
  const { QueueUrls = [] } = await new SQSClient(clientOptions(cloud)).send(
    new ListQueuesCommand({ QueueNamePrefix: name }),
  );
  const rows = await query(cloud, `select to_regclass('${name}') is not null as found`);
  return { queue: QueueUrls[0], table: rows[0]?.found === true };
}

async function query(cloud: LocalCloud, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: cloud.databases.kept?.url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** The emulator or PostgreSQL itself, not its guard. */
function childOf(part: 'emulator' | 'postgres'): ProcessIdentity {
  const { pid } = JSON.parse(fs.readFileSync(join(directory, 'state', part, 'exit.guard'), 'utf8')) as ProcessIdentity;
  const children = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
  const child = children.find((id) => !fs.readFileSync(`/proc/${id}/cmdline`, 'utf8').startsWith('/bin/sh'));
  const identity = identify(child ?? 0);
  if (!identity) throw new Error(`${part} does not run`);
  return identity;
}

function reset(): boolean {
  return progress.some(({ message }) => message.includes('both start afresh'));
}

describe('a local cloud that keeps its state', () => {
  it('is used by one process at a time, which others can attach to', async () => {
    const cloud = await start();
    await write(cloud, 'first');
    await expect(start()).rejects.toMatchObject({ code: 'ALREADY_RUNNING' });
    running = cloud;
    const attached = await attachLocalCloud(cloud.stateDirectory);
    expect(attached.environment).toEqual(cloud.environment);
  });

  it('has everything again after a stop', async () => {
    const cloud = await start();
    expect(await holds(cloud, 'first')).toMatchObject({ queue: expect.stringContaining('/first'), table: true });
    expect(reset()).toBe(false);
  });

  it('keeps it when PostgreSQL is killed, and when its port is taken: the addresses of queues move along', async () => {
    let failed: (reason: string) => void = () => undefined;
    const failure = new Promise<string>((resolve) => (failed = resolve));
    const before = await start(failed);
    await query(before, 'create table second (id int)');
    process.kill(childOf('postgres').pid, 'SIGKILL');
    expect(await failure).toMatch(/PostgreSQL ended by itself/);
    const port = Number(new URL(before.endpoint).port);
    const other = net.createServer().listen({ port, host: '127.0.0.1' });
    try {
      const cloud = await start();
      expect(cloud.endpoint).not.toBe(before.endpoint);
      expect(await holds(cloud, 'first')).toEqual({ queue: `${cloud.endpoint}/${cloud.accountId}/first`, table: true });
      expect(await holds(cloud, 'second')).toMatchObject({ table: true });
    } finally {
      other.close();
    }
  });

  it('starts afresh in both, and says so, when the emulator was killed before it could save', async () => {
    await write(await start(), 'third');
    process.kill(childOf('emulator').pid, 'SIGKILL');
    await expect.poll(() => fs.existsSync(join(directory, 'state', 'cloud.json')), { timeout: 10_000 }).toBe(false);
    const cloud = await start();
    expect(reset()).toBe(true);
    expect(await holds(cloud, 'third')).toEqual({ queue: undefined, table: false });
  });

  it('starts in a folder in which nothing is as it was left', async () => {
    const state = join(directory, 'state');
    fs.writeFileSync(join(state, 'cloud.json'), '{"format":');
    fs.writeFileSync(join(state, 'cloud.lock'), '{}');
    fs.writeFileSync(join(state, 'ports.json'), '{"emulator":"any","postgres":70000,"dataApi":null}');
    fs.writeFileSync(join(state, 'postgres', 'exit.guard'), '{}');
    fs.writeFileSync(join(state, 'postgres', 'data', 'postmaster.pid'), `${process.pid}\n/elsewhere\n`);
    fs.rmSync(join(state, 'emulator'), { recursive: true });
    const cloud = await start();
    expect(reset()).toBe(true);
    expect(Object.keys(cloud.databases)).toEqual(['kept']);
  });
});

describe('a folder that was copied while its cloud runs', () => {
  it('has no cloud of its own, and starting or ending one leaves the first alone', async () => {
    const first = await start();
    const copy = join(directory, 'copy');
    fs.cpSync(first.stateDirectory, copy, { recursive: true });
    await expect(attachLocalCloud(copy)).rejects.toMatchObject({ code: 'NOT_RUNNING' });
    expect(await stopLocalCloud(copy)).toBe(false);
    const second = await startLocalCloud({ stateDirectory: copy, cacheDirectory, persist: true });
    expect(second.endpoint).not.toBe(first.endpoint);
    await second.stop();
    expect((await attachLocalCloud(first.stateDirectory)).endpoint).toBe(first.endpoint);
  });
});

describe('the process that keeps a local cloud', () => {
  const script = `
    import { startLocalCloud } from ${JSON.stringify(resolve('local/index.ts'))};
    await startLocalCloud({
      stateDirectory: ${JSON.stringify('STATE')}, cacheDirectory: ${JSON.stringify(cacheDirectory)}, databases: ['kept'], persist: true,
      onProgress: (p) => console.log(p.part + ': ' + p.message),
    });`;

  function keep(state: string): { child: ChildProcess; said: (text: string) => Promise<void> } {
    const code = script.replace('"STATE"', JSON.stringify(state));
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    return { child, said: (text) => expect.poll(() => output, { timeout: 30_000, interval: 10 }).toContain(text) };
  }

  function guards(state: string): ProcessIdentity[] {
    return ['emulator', 'postgres'].flatMap((part) => {
      const path = join(state, part, 'exit.guard');
      return fs.existsSync(path) ? [JSON.parse(fs.readFileSync(path, 'utf8')) as ProcessIdentity] : [];
    });
  }

  it.each([
    ['interrupted while it starts', 'SIGINT', 'emulator: starting'],
    ['killed while it runs', 'SIGKILL', 'cloud: ready'],
  ] as const)(
    'leaves nothing running when it is %s, and the next start finds its way',
    async (what, signal, moment) => {
      const state = join(directory, what.replaceAll(' ', '-'));
      const { child, said } = keep(state);
      await said(moment);
      const started = [...guards(state), identify(child.pid ?? 0)].filter((process) => process !== undefined);
      child.kill(signal);
      expect(await gone(started, 10_000)).toBe(true);
      running = await startLocalCloud({ stateDirectory: state, cacheDirectory, persist: true });
      expect(running.databases).toEqual(what.startsWith('killed') ? { kept: expect.anything() } : expect.anything());
    },
  );
});
