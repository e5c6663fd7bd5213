import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { CfnOutput, Duration, type Stack } from 'aws-cdk-lib/core';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signedClient, type Answer, type Request } from '../../../examples/storefront/demo/client.js';
import { CommandApi, DomainEvents, Projection, QueryApi, Service, SingleDatabase, View } from '../../../lib/index.js';
import { postgresAt } from '../../../lambdas/stores/index.js';
import { cloud, deployStack, unique, uniqueDatabase } from '../../support/cloud.js';

const folder = mkdtempSync(join(tmpdir(), 'dbpatterns-single-'));
const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

let address: Awaited<ReturnType<typeof uniqueDatabase>>;
let urls: { readonly commands: string; readonly queries: string };
let request: (url: string, request?: Request) => Promise<Answer>;

beforeAll(async () => {
  await build({
    entryPoints: [{ in: at('modules/handlers.ts'), out: 'index' }],
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
  const running = await cloud();
  address = await uniqueDatabase('single');
  const { outputs } = await deployStack('Single', shop);
  urls = { commands: running.httpUrl(outputs['Commands']!), queries: running.httpUrl(outputs['Queries']!) };
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = running.environment;
  request = signedClient({ region: running.region, credentials: { accessKeyId, secretAccessKey } });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function handler(service: Service, exported: string): lambda.Function {
  return new lambda.Function(service, `Handler-${exported}`, {
    runtime: lambda.Runtime.NODEJS_22_X,
    code: lambda.Code.fromAsset(folder),
    handler: `index.${exported}`,
    timeout: Duration.seconds(20),
  });
}

function shop(stack: Stack): void {
  const events = new DomainEvents(stack, 'Events');
  const catalog = new Service(stack, 'Catalog', { events });
  const insights = new Service(stack, 'Insights', { events });
  const { clusterArn, secretArn, database: databaseName } = address;
  // #region modules
  const database = SingleDatabase.fromDataApi(stack, 'Database', { clusterArn, secretArn, databaseName });
  const products = database.module(catalog, 'Products', { migrations: at('modules/catalog') });
  const figures = database.module(insights, 'Figures', { migrations: at('modules/insights') });
  // #endregion
  const commands = new CommandApi(catalog, 'Commands', {
    store: products,
    handler: handler(catalog, 'list'),
    stream: 'product',
  });
  new Projection(insights, 'ByCategory', {
    of: commands.stream,
    into: View.aggregateTable(figures, 'products_by_category'),
    handler: handler(insights, 'count'),
  });
  const queries = new QueryApi(insights, 'Queries', { store: figures, handler: handler(insights, 'counts') });
  new CfnOutput(stack, 'Commands', { value: commands.url });
  new CfnOutput(stack, 'Queries', { value: queries.url });
}

async function list(id: string, category: string): Promise<string> {
  const answer = await request(`${urls.commands}product/${id}/List`, {
    method: 'POST',
    headers: { 'idempotency-key': unique('key') },
    body: JSON.stringify({ category }),
  });
  expect(answer).toMatchObject({ status: 200, body: { version: 1 } });
  return (answer.body as { token: string }).token;
}

describe('two services in a single database', () => {
  it('write, publish, follow and read, each in its own schema', async () => {
    await list('lantern', 'light');
    await list('candle', 'light');
    const token = await list('bag', 'bags');
    await expect
      .poll(async () => (await request(`${urls.queries}categories`)).body, { timeout: 30_000, interval: 200 })
      .toEqual([
        { category: 'bags', products: 1 },
        { category: 'light', products: 2 },
      ]);
    const after = await request(`${urls.queries}categories`, { headers: { 'x-consistency-token': token } });
    expect(after).toMatchObject({ status: 200 });

    const admin = postgresAt(address);
    const rows = await admin.query(
      `select (select count(*) from catalog.product) as products, (select count(*) from catalog_dbpatterns.outbox) as commits,
              (select count(*) from insights_dbpatterns.outbox) as others`,
    );
    expect(rows).toEqual([{ products: 3, commits: 3, others: 0 }]);
  });
});
