import * as fs from 'node:fs';
import * as os from 'node:os';
import { join, resolve } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { App, DefaultStackSynthesizer, Stack } from 'aws-cdk-lib/core';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { deploy, startLocalCloud, type StartedCloud } from '../../../local/index.js';
import { clientOptions } from '../../../local/deploy/clients.js';

const NAMES = ['one', 'other'] as const;
type Name = (typeof NAMES)[number];

let directory: string;
const clouds = new Map<Name, StartedCloud>();

/** Both are started at once, as two checkouts on one machine would. */
beforeAll(async () => {
  directory = fs.mkdtempSync(join(os.tmpdir(), 'dbpatterns-two-'));
  fs.chmodSync(directory, 0o755);
  const started = NAMES.map(async (name) => {
    const stateDirectory = join(directory, name);
    const cloud = await startLocalCloud({ stateDirectory, cacheDirectory: resolve('.local'), databases: ['shop'] });
    clouds.set(name, cloud);
  });
  await Promise.all(started);
});

afterAll(async () => {
  await Promise.all([...clouds.values()].map((cloud) => cloud.stop()));
  fs.rmSync(directory, { recursive: true, force: true });
});

/** The same stack in each, with a function that says where it is led and what it was told. */
function app(cloud: StartedCloud, told: string) {
  return (outdir: string): App => {
    const app = new App({ outdir, analyticsReporting: false });
    const env = { account: cloud.accountId, region: cloud.region };
    const stack = new Stack(app, 'Shop', { synthesizer: new DefaultStackSynthesizer(), env });
    new lambda.Function(stack, 'Fn', {
      functionName: 'where',
      runtime: lambda.Runtime.NODEJS_22_X,
      handler: 'index.handler',
      environment: { TOLD: told },
      code: lambda.Code.fromInline(
        'exports.handler = async () => [process.env.TOLD, process.env.AWS_ENDPOINT_URL, process.env.AWS_ENDPOINT_URL_RDS_DATA];',
      ),
    });
    return app;
  };
}

async function where(cloud: StartedCloud): Promise<unknown> {
  const client = new LambdaClient(clientOptions(cloud));
  const { Payload } = await client.send(new InvokeCommand({ FunctionName: 'where' }));
  client.destroy();
  return JSON.parse(Buffer.from(Payload ?? []).toString());
}

async function query(cloud: StartedCloud, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: cloud.databases.shop?.url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

it('two local clouds run side by side: the same stack and the same database in each, and neither sees the other', async () => {
  const [one, other] = NAMES.map((name) => clouds.get(name)!) as [StartedCloud, StartedCloud];
  const endpoints = [one, other].flatMap(({ endpoint, dataApiEndpoint }) => [endpoint, dataApiEndpoint]);
  expect(new Set(endpoints).size).toBe(4);

  await Promise.all([
    deploy({ cloud: one, app: app(one, 'one') }),
    deploy({ cloud: other, app: app(other, 'other') }),
    query(one, "create table note as select 'one' as said"),
    query(other, "create table note as select 'other' as said"),
  ]);

  expect(await where(one)).toEqual(['one', one.endpoint, one.dataApiEndpoint]);
  expect(await where(other)).toEqual(['other', other.endpoint, other.dataApiEndpoint]);
  expect(await query(one, 'select said from note')).toEqual([{ said: 'one' }]);
  expect(await query(other, 'select said from note')).toEqual([{ said: 'other' }]);

  await one.stop();
  await expect(where(one)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  expect(await where(other)).toEqual(['other', other.endpoint, other.dataApiEndpoint]);
  expect(await query(other, 'select said from note')).toEqual([{ said: 'other' }]);
});
