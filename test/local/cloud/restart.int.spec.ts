import * as fs from 'node:fs';
import * as os from 'node:os';
import { join, resolve } from 'node:path';
import { CreateQueueCommand, GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startLocalCloud, type StartedCloud } from '../../../local/index.js';
import { clientOptions } from '../../../local/deploy/clients.js';

let directory: string;
let cloud: StartedCloud;
const failures: string[] = [];

async function start(persist: boolean): Promise<StartedCloud> {
  cloud = await startLocalCloud({
    stateDirectory: join(directory, 'state'),
    cacheDirectory: resolve('.local'),
    databases: ['kept'],
    persist,
    onFailure: (reason) => failures.push(reason),
  });
  return cloud;
}

beforeAll(() => {
  directory = fs.mkdtempSync(join(os.tmpdir(), 'dbpatterns-restart-'));
  fs.chmodSync(directory, 0o755);
});

afterEach(async () => {
  await cloud.stop();
  expect(failures).toEqual([]);
});

afterAll(() => fs.rmSync(directory, { recursive: true, force: true }));

async function query(sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: cloud.databases.kept?.url });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

it('PostgreSQL is killed and has what was committed again; its sessions end, and the cloud stays', async () => {
  await start(false);
  await query('create table note (id int)');
  await query('insert into note values (1)');
  const open = query('begin; insert into note values (2); select pg_sleep(60)').catch(() => 'ended');

  await cloud.restart('postgres', async () => {
    expect(await open).toBe('ended');
    await expect(query('select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  expect(await query('select id from note')).toEqual([{ id: 1 }]);
});

it('the emulator is away for a while and has its state again, twice', async () => {
  await start(true);
  const client = new SQSClient({ ...clientOptions(cloud), maxAttempts: 1 });
  await client.send(new CreateQueueCommand({ QueueName: 'kept' }));
  const found = () => client.send(new GetQueueUrlCommand({ QueueName: 'kept' }));
  for (const _ of [1, 2]) {
    await cloud.restart('emulator', async () => {
      await expect(found()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    });
    expect(await found()).toMatchObject({ QueueUrl: expect.stringContaining('/kept') });
  }
  client.destroy();
});

it('both can be away at once', async () => {
  await start(true);
  await query('create table both_away (id int)');
  await cloud.restart('emulator', () => cloud.restart('postgres'));

  expect(await query('select id from both_away')).toEqual([]);
});

it('the emulator stays where its state would be lost', async () => {
  await start(false);
  await expect(cloud.restart('emulator')).rejects.toMatchObject({ code: 'NOT_KEPT' });
  await cloud.restart('postgres');
});
