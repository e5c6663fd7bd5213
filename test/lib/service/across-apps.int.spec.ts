import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { CfnOutput, Duration, type Stack } from 'aws-cdk-lib/core';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signedClient } from '../../../examples/storefront/demo/client.js';
import { readView } from '../../../examples/storefront/demo/views.js';
import { CommandApi, CommitStore, DomainEvents, DynamoDbStore, Projection, Service, View } from '../../../lib/index.js';
import { cloud, deployStack, unique } from '../../support/cloud.js';

const folder = mkdtempSync(join(tmpdir(), 'dbpatterns-apps-'));
const patience = { timeout: 30_000, interval: 200 };
const busName = unique('company');

let catalog: Record<string, string>;
let shop: Record<string, string>;

beforeAll(async () => {
  const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
  await build({
    entryPoints: ['catalog', 'shop'].map((name) => ({ in: at(`apps/${name}.ts`), out: `${name}/index` })),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    tsconfig: at('../../../tsconfig.json'),
    external: ['@aws-sdk/*', '@smithy/*'],
    logLevel: 'error',
  });
  // Two apps, two deployments: the second knows of the first what it is called.
  ({ outputs: catalog } = await deployStack('CatalogApp', catalogApp));
  ({ outputs: shop } = await deployStack('ShopApp', shopApp));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function handler(service: Service, app: 'catalog' | 'shop', exported: string): lambda.Function {
  return new lambda.Function(service, `Handler-${exported}`, {
    runtime: lambda.Runtime.NODEJS_22_X,
    code: lambda.Code.fromAsset(join(folder, app)),
    handler: `index.${exported}`,
    timeout: Duration.seconds(20),
  });
}

function catalogApp(stack: Stack): void {
  // #region offers
  const events = new DomainEvents(stack, 'Events', { busName });
  const catalog = new Service(stack, 'Catalog', { events });
  const store = new CommitStore(catalog, 'Products', { development: true });
  const commands = new CommandApi(catalog, 'Commands', {
    store,
    handler: handler(catalog, 'catalog', 'commands'),
    stream: 'product',
  });
  catalog.operation('Quote', handler(catalog, 'catalog', 'quoted'));
  // #endregion
  new CfnOutput(stack, 'Commands', { value: commands.url });
}

function shopApp(stack: Stack): void {
  // #region meets
  const events = DomainEvents.fromBusName(stack, 'Events', busName);
  const catalog = Service.fromName(stack, 'Catalog', { serviceName: 'catalog', events });

  const shop = new Service(stack, 'Shop', { events });
  const view = new DynamoDbStore(shop, 'View', { partitionKey: 'product', development: true });
  new Projection(shop, 'Listing', {
    of: catalog.stream('product'),
    into: View.entity(view),
    handler: handler(shop, 'shop', 'listing'),
  });
  const asking = handler(shop, 'shop', 'asked');
  catalog.operation('Quote').wire(asking);
  const pricing = handler(shop, 'shop', 'repriced');
  catalog.commands('product').wire(pricing);
  // #endregion
  const stranger = handler(shop, 'shop', 'basket');
  for (const [name, value] of Object.entries({
    Table: view.table.tableName,
    Asking: asking.functionName,
    Pricing: pricing.functionName,
    Stranger: stranger.functionName,
  })) {
    new CfnOutput(stack, name, { value });
  }
}

async function setPrice(id: string, pence: number): Promise<void> {
  const running = await cloud();
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = running.environment;
  const request = signedClient({ region: running.region, credentials: { accessKeyId, secretAccessKey } });
  const answer = await request(`${running.httpUrl(catalog['Commands']!)}product/${id}/SetPrice`, {
    method: 'POST',
    headers: { 'idempotency-key': unique('key') },
    body: JSON.stringify({ pence }),
  });
  expect(answer).toMatchObject({ status: 200 });
}

async function prices(): Promise<Record<string, unknown>> {
  const { items } = await readView(shop['Table']!, 'product');
  return Object.fromEntries(items.map(({ product, pence, _version }) => [String(product), [pence, _version]]));
}

async function invoke(name: string, payload: unknown) {
  const client = new LambdaClient();
  const answer = await client.send(new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(payload) }));
  client.destroy();
  return { error: answer.FunctionError, said: JSON.parse(Buffer.from(answer.Payload ?? []).toString()) as unknown };
}

describe('two apps that meet on a bus', () => {
  it('follow each other’s streams', async () => {
    await setPrice('lantern', 250);
    await setPrice('lantern', 240);
    await expect.poll(prices, patience).toEqual({ lantern: [240, 2] });
  });

  it('call each other’s operations by their contract', async () => {
    const basket = { lines: [{ product: 'lantern', units: 2 }] };
    expect(await invoke(shop['Asking']!, basket)).toEqual({ error: undefined, said: { pence: 500 } });
  });

  it('meet refusals as they were thrown', async () => {
    const basket = { lines: [{ product: 'lantern', units: 101 }] };
    expect(await invoke(shop['Asking']!, basket)).toEqual({
      error: undefined,
      said: { refused: 'Problem', code: 'too-many' },
    });
  });

  it('send each other’s APIs commands, signed with the role of the function', async () => {
    const command = { id: 'bag', pence: 99, key: unique('key') };
    expect(await invoke(shop['Pricing']!, command)).toEqual({ error: undefined, said: { version: 1 } });
    expect(await invoke(shop['Pricing']!, command)).toEqual({ error: undefined, said: { version: 1 } });
    expect(await invoke(shop['Pricing']!, { ...command, pence: 0, key: unique('key') })).toEqual({
      error: undefined,
      said: { refused: 'Problem', code: 'invalid' },
    });
    await expect.poll(async () => (await prices())['bag'], patience).toEqual([99, 1]);
  });

  it('let nobody call an operation that was not given to him', async () => {
    const { error, said } = await invoke(shop['Stranger']!, { lines: [{ product: 'lantern', units: 1 }] });
    expect(error).toBe('Unhandled');
    expect(said).toMatchObject({ errorMessage: expect.stringContaining('DBPATTERNS_OPERATION_CATALOG__QUOTE') });
  });
});
