import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import { join, resolve } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateArchiveCommand, DescribeArchiveCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { DeleteCommand, DynamoDBDocumentClient, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib/core';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { commitText } from '../../../lambdas/cqrs/envelope.js';
import {
  ArchivedHistory,
  CommandApi,
  CommitStore,
  DomainEvents,
  DynamoDbStore,
  Projection,
  Service,
  View,
} from '../../../lib/index.js';
import { deploy } from '../../../local/index.js';
import { cloud, unique } from '../../support/cloud.js';
import { newHandler } from '../support/synthesis.js';

const stackName = unique('Archive');
const archiveName = unique('archive');
const patience = { timeout: 30_000, interval: 200 };

let directory: string;
let outputs: Record<string, string>;
let archiveArn: string;

beforeAll(async () => {
  directory = fs.mkdtempSync(join(os.tmpdir(), 'dbpatterns-archive-'));
  fs.mkdirSync(join(directory, '.local'));
  fs.symlinkSync(inject('localCloud'), join(directory, '.local', 'state'));
  await build({
    entryPoints: [resolve('test/cli/projections/listing.ts')],
    outfile: join(directory, 'listing', 'index.mjs'),
    define: { LOGIC: '"1"' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    mainFields: ['module', 'main'],
    external: ['@aws-sdk/*', '@smithy/*'],
  });
  await deployed();
  const { ArchiveArn } = await events().send(
    new CreateArchiveCommand({ ArchiveName: archiveName, EventSourceArn: outputs['BusArn'] }),
  );
  archiveArn = ArchiveArn!;
});

afterAll(() => fs.rmSync(directory, { recursive: true, force: true }));

/** The publisher alone, or with a subscriber whose history is the archive. */
async function deployed(archive?: string): Promise<void> {
  const running = await cloud();
  const all = await deploy({
    cloud: running,
    app: (outdir) => {
      const app = new App({ outdir, analyticsReporting: false });
      const env = { account: running.accountId, region: running.region };
      shop(new Stack(app, stackName, { env }), archive);
      return app;
    },
  });
  outputs = all[stackName]!;
}

function shop(stack: Stack, archive: string | undefined): void {
  const domainEvents = new DomainEvents(stack, 'Events');
  const catalog = new Service(stack, 'Catalog', { events: domainEvents });
  const store = new CommitStore(catalog, 'Products', { development: true });
  const { stream } = new CommandApi(catalog, 'Api', { store, handler: newHandler(catalog), stream: 'product' });
  new CfnOutput(stack, 'BusArn', { value: domainEvents.eventBus.eventBusArn });
  new CfnOutput(stack, 'Published', { value: store.table.tableName });
  if (archive === undefined) return;
  const browse = new Service(stack, 'Browse', { events: domainEvents });
  const archived = new ArchivedHistory(browse, 'Archived', { of: stream, archiveArn: archive, development: true });
  const view = new DynamoDbStore(browse, 'View', { partitionKey: 'id', development: true });
  const handler = new lambda.Function(browse, 'Handler', {
    runtime: lambda.Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: lambda.Code.fromAsset(join(directory, 'listing')),
    timeout: Duration.seconds(20),
  });
  new Projection(browse, 'Listing', { of: archived.stream, into: View.entity(view), handler });
  new CfnOutput(stack, 'Kept', { value: archived.store.table.tableName });
  new CfnOutput(stack, 'View', { value: view.table.tableName });
}

const documents = () => DynamoDBDocumentClient.from(new DynamoDBClient());
const events = () => new EventBridgeClient();

const keyOf = (id: string, version: number) => ({
  stream: `product/${id}`,
  version: String(version).padStart(10, '0'),
});

/** Appends a commit as a command does; the table's stream publishes it. */
async function commit(id: string, version: number, note?: string): Promise<void> {
  const text = commitText({
    service: 'catalog',
    stream: `product/${id}`,
    time: new Date(),
    correlationId: 'test',
    causationId: 'test',
    events: [{ type: version === 1 ? 'Created' : 'Priced', v: 1, data: { price: version * 10, note } }],
  });
  const item = { ...keyOf(id, version), commit: text, command: `${id}@${version}`, fingerprint: 'test', at: 0 };
  await documents().send(new PutCommand({ TableName: outputs['Published'], Item: item }));
}

async function forgotten(id: string, version: number): Promise<void> {
  await documents().send(new DeleteCommand({ TableName: outputs['Published'], Key: keyOf(id, version) }));
}

async function itemsOf(table: string): Promise<Record<string, unknown>[]> {
  return (await documents().send(new ScanCommand({ TableName: outputs[table], ConsistentRead: true }))).Items ?? [];
}

/** The prices of the view's generation, by product. */
async function prices(generation: string): Promise<Record<string, unknown>> {
  const rows = (await itemsOf('View')).filter(({ price }) => price !== undefined);
  const own = rows.filter(({ id }) => String(id).startsWith('_g') === (generation !== ''));
  return Object.fromEntries(own.map(({ id, price }) => [String(id).slice(generation.length), price]));
}

function dbpatterns(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((settle) => {
    const all = [resolve('cli/bin/dbpatterns.js'), ...args, '--stack', stackName];
    execFile(process.execPath, all, { cwd: directory }, (error, out, err) => {
      settle({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, out, err });
    });
  });
}

/** Ten products with one to four versions; the events of one commit are more than the bus takes. */
const COMMITS = Array.from({ length: 10 }, (_, n) =>
  Array.from({ length: 1 + (n % 4) }, (__, index) => ({ id: `p${n}`, version: index + 1 })),
).flat();
const LARGE = { id: 'p3', version: 2 };
const isLarge = ({ id, version }: typeof LARGE): boolean => id === LARGE.id && version === LARGE.version;

const EXPECTED = Object.fromEntries(COMMITS.map(({ id, version }) => [id, version * 10]));

describe('a stream whose publisher has no history any more', () => {
  it('is kept from an archive, each commit once', async () => {
    for (const one of COMMITS) await commit(one.id, one.version, isLarge(one) ? 'x'.repeat(300_000) : undefined);
    await expect
      .poll(async () => {
        return (await events().send(new DescribeArchiveCommand({ ArchiveName: archiveName }))).EventCount;
      }, patience)
      .toBe(COMMITS.length);
    for (const one of COMMITS) if (!isLarge(one)) await forgotten(one.id, one.version);

    await deployed(archiveArn);
    expect(await itemsOf('Kept')).toEqual([]);
    const { code, out, err } = await dbpatterns('commits', 'import', 'catalog/product');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`${COMMITS.length} commits of 10 streams are kept`);
    expect(out).not.toContain('missing');
    // What has no events in the archive is not lost as long as its publisher has it.
    await forgotten(LARGE.id, LARGE.version);
  });

  it('is what its views are built from', async () => {
    expect(await prices('')).toEqual({});
    const rebuilt = await dbpatterns('projections', 'rebuild', 'Listing', '--settle', '1', '--segments', '2');
    expect(rebuilt).toMatchObject({ code: 0, out: expect.stringContaining('readers see generation 2') });
    expect(await prices('_g2#')).toEqual(EXPECTED);
  });

  it('goes on: live commits are kept too, and close gaps', async () => {
    await commit('p0', 2);
    await commit('live', 1);
    await expect.poll(() => prices('_g2#'), patience).toEqual({ ...EXPECTED, p0: 20, live: 10 });
    // The generation of before never had what was published before it: a gap, which is closed from the archive's commits.
    await expect.poll(() => prices(''), patience).toEqual({ p0: 20, live: 10 });
    await expect.poll(async () => (await itemsOf('Kept')).length, patience).toBe(COMMITS.length + 2);
  });

  it('can be played again at any time, and says what is missing', async () => {
    await commit('holed', 2);
    await commit('holed', 5);
    await expect.poll(async () => (await itemsOf('Kept')).length, patience).toBe(COMMITS.length + 4);
    const { code, out } = await dbpatterns('commits', 'import', 'product', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual({
      commits: COMMITS.length + 4,
      streams: 12,
      missing: 3,
      gaps: [
        { stream: 'product/holed', from: 1, to: 1 },
        { stream: 'product/holed', from: 3, to: 4 },
      ],
      dead: 0,
    });
  });

  it('is found by its name only', async () => {
    expect(await dbpatterns('commits', 'import', 'sale')).toMatchObject({
      code: 1,
      err: expect.stringContaining(`'sale' in the local cloud: catalog/product (${stackName})`),
    });
    expect(await dbpatterns('commits', 'import', 'product', '--from', 'monday')).toMatchObject({
      code: 1,
      err: expect.stringContaining('--from monday is no time'),
    });
  });
});
