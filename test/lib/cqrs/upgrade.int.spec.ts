import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  InvokeCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib/core';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signedClient } from '../../../examples/storefront/demo/client.js';
import { readView } from '../../../examples/storefront/demo/views.js';
import { CommandApi, CommitStore, DomainEvents, DynamoDbStore, Projection, Service, View } from '../../../lib/index.js';
import { deploy } from '../../../local/index.js';
import { cloud, unique } from '../../support/cloud.js';

/** Which contract each part was built with. */
interface Built {
  readonly publisher: 'older' | 'newer';
  readonly listing: 'older' | 'newer';
  /** Another subscriber, deployed by others. */
  readonly prices: 'older' | 'newer';
}

const stackName = unique('Upgrade');
const folder = mkdtempSync(join(tmpdir(), 'dbpatterns-upgrade-'));
const patience = { timeout: 30_000, interval: 200 };

let outputs: Record<string, string>;
let request: ReturnType<typeof signedClient>;
let commandsUrl: string;

beforeAll(async () => {
  const here = fileURLToPath(new URL('upgrade/', import.meta.url));
  await build({
    entryPoints: ['older', 'newer'].map((name) => ({ in: `${here}${name}.ts`, out: `${name}/index` })),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    external: ['@aws-sdk/*', '@smithy/*'],
    logLevel: 'error',
  });
  const { region, environment } = await cloud();
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = environment;
  request = signedClient({ region, credentials: { accessKeyId, secretAccessKey } });
  await deployed({ publisher: 'older', listing: 'older', prices: 'older' });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function shop(stack: Stack, built: Built): void {
  const events = new DomainEvents(stack, 'Events');
  const handler = (scope: Service, version: string, exported: string) =>
    new lambda.Function(scope, `Handler-${exported}`, {
      runtime: lambda.Runtime.NODEJS_22_X,
      code: lambda.Code.fromAsset(join(folder, version)),
      handler: `index.${exported}`,
      timeout: Duration.seconds(20),
    });
  const catalog = new Service(stack, 'Catalog', { events });
  const store = new CommitStore(catalog, 'Products', { development: true });
  const commands = handler(catalog, built.publisher, 'commands');
  const api = new CommandApi(catalog, 'Commands', { store, handler: commands, stream: 'product' });
  new CfnOutput(stack, 'Commands', { value: api.url });
  for (const [name, version] of Object.entries({ Listing: built.listing, Prices: built.prices })) {
    const service = new Service(stack, name, { events });
    const view = new DynamoDbStore(service, 'View', { partitionKey: 'product', development: true });
    const projection = new Projection(service, 'Products', {
      of: api.stream,
      into: View.entity(view),
      handler: handler(service, version, 'listing'),
      parkAfter: 2,
    });
    new CfnOutput(stack, `${name}Table`, { value: view.table.tableName });
    new CfnOutput(stack, `${name}Function`, { value: projection.handler.functionName });
    new CfnOutput(stack, `${name}Queue`, { value: projection.queue.queueUrl });
    new CfnOutput(stack, `${name}DeadLetters`, { value: projection.deadLetterQueue.queueUrl });
  }
}

async function deployed(built: Built): Promise<void> {
  const running = await cloud();
  const all = await deploy({
    cloud: running,
    app: (outdir) => {
      const app = new App({ outdir, analyticsReporting: false });
      shop(new Stack(app, stackName), built);
      return app;
    },
  });
  outputs = all[stackName] ?? {};
  commandsUrl = running.httpUrl(output('Commands'));
}

function output(name: string): string {
  const value = outputs[name];
  if (value === undefined) throw new Error(`the stack has no output ${name}`);
  return value;
}

async function setPrice(id: string, data: { pounds: number } | { pence: number }) {
  return request(`${commandsUrl}product/${id}/SetPrice`, {
    method: 'POST',
    headers: { 'idempotency-key': unique('key') },
    body: JSON.stringify(data),
  });
}

/** What a view has, by product: the price, and the version of the stream. */
async function view(name: 'Listing' | 'Prices') {
  const { items, parked } = await readView(output(`${name}Table`), 'product');
  const prices = items.map(({ product, pounds, pence, _version }) => [product, [pounds ?? pence, _version]] as const);
  return { prices: Object.fromEntries(prices) as Record<string, unknown>, parked: parked.toSorted() };
}

/** Stops a subscriber's function from taking messages, or lets it. */
async function take(name: 'Listing' | 'Prices', enabled: boolean): Promise<void> {
  const client = new LambdaClient();
  const FunctionName = output(`${name}Function`);
  const { EventSourceMappings = [] } = await client.send(new ListEventSourceMappingsCommand({ FunctionName }));
  expect(EventSourceMappings).toHaveLength(1);
  for (const { UUID } of EventSourceMappings) {
    await client.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: enabled }));
  }
  client.destroy();
}

async function retry(name: 'Listing' | 'Prices', stream: string): Promise<unknown> {
  const client = new LambdaClient();
  const Payload = Buffer.from(JSON.stringify({ dbpatterns: 'retry', stream }));
  const answer = await client.send(new InvokeCommand({ FunctionName: output(`${name}Function`), Payload }));
  client.destroy();
  expect(answer.FunctionError).toBeUndefined();
  return JSON.parse(Buffer.from(answer.Payload ?? []).toString()) as unknown;
}

/** How many messages a queue holds, those included that somebody works on. */
async function messages(queue: string): Promise<number> {
  const client = new SQSClient();
  const { Attributes = {} } = await client.send(
    new GetQueueAttributesCommand({
      QueueUrl: output(queue),
      AttributeNames: [
        'ApproximateNumberOfMessages',
        'ApproximateNumberOfMessagesDelayed',
        'ApproximateNumberOfMessagesNotVisible',
      ],
    }),
  );
  client.destroy();
  return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
}

describe('a newer version', () => {
  it('applies the events that waited for it, and takes the commands of old clients', async () => {
    await setPrice('lantern', { pounds: 3.39 });
    await expect.poll(() => view('Listing'), patience).toEqual({ prices: { lantern: [3.39, 1] }, parked: [] });
    await expect.poll(() => view('Prices'), patience).toEqual({ prices: { lantern: [3.39, 1] }, parked: [] });

    // The events of these commands wait in the queue, in the form of the first version.
    await take('Listing', false);
    for (const [id, pounds] of [
      ['lantern', 3.49],
      ['lantern', 3.59],
      ['candle', 1.05],
    ] as const) {
      expect(await setPrice(id, { pounds })).toMatchObject({ status: 200 });
    }
    await expect.poll(() => messages('ListingQueue'), patience).toBe(3);
    expect((await view('Listing')).prices).toEqual({ lantern: [3.39, 1] });

    await deployed({ publisher: 'newer', listing: 'newer', prices: 'older' });
    expect(await messages('ListingQueue')).toBe(3);

    // Old clients go on as before, new ones send the new form, and both speak of the same price.
    expect(await setPrice('candle', { pounds: 1.15 })).toMatchObject({ status: 200, body: { version: 2 } });
    expect(await setPrice('bag', { pence: 255 })).toMatchObject({ status: 200, body: { version: 1 } });
    expect(await setPrice('lantern', { pence: 359 })).toMatchObject({ status: 409 }); // it has been £3.59 since
    await take('Listing', true);

    await expect
      .poll(() => view('Listing'), patience)
      .toEqual({ prices: { lantern: [359, 3], candle: [115, 2], bag: [255, 1] }, parked: [] });
    await expect.poll(() => messages('ListingQueue'), patience).toBe(0);
    expect(await messages('ListingDeadLetters')).toBe(0);
  });
});

describe('an older subscriber', () => {
  it('stops only at what it cannot read; deployed anew it is told to go on, and has all of it', async () => {
    // What the publisher's newer version has published in the test before, a subscriber of the older one cannot read.
    await expect
      .poll(async () => (await view('Prices')).parked, { timeout: 45_000, interval: 200 })
      .toEqual(['product/bag', 'product/candle']);
    expect((await view('Prices')).prices).toEqual({ lantern: [3.59, 3], candle: [1.05, 1] });
    expect(await setPrice('candle', { pence: 125 })).toMatchObject({ status: 200, body: { version: 3 } });

    await deployed({ publisher: 'newer', listing: 'newer', prices: 'newer' });
    expect(await retry('Prices', 'product/candle')).toMatchObject({
      generations: [{ state: 'following', applied: 3 }],
    });
    expect(await retry('Prices', 'product/bag')).toMatchObject({ generations: [{ state: 'following', applied: 1 }] });

    expect(await view('Prices')).toEqual({
      prices: { lantern: [3.59, 3], candle: [125, 3], bag: [255, 1] },
      parked: [],
    });
    await expect.poll(() => messages('PricesQueue'), patience).toBe(0);
    expect(await messages('PricesDeadLetters')).toBe(0);
    expect(await setPrice('bag', { pence: 265 })).toMatchObject({ status: 200 });
    await expect.poll(async () => (await view('Prices')).prices['bag'], patience).toEqual([265, 2]);
  });
});
