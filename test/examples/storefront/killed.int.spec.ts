import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { beforeAll, expect, it } from 'vitest';
import { cloud, unique } from '../../support/cloud.js';
import { expectViews } from './expect-views.js';
import { canTellProcesses } from '../../faults/workers.js';
import { killingServer } from './kill-peer.js';
import { Shop } from './shop.js';

const lantern = { description: 'WHITE METAL LANTERN', price: 339, since: '2010-12-01' };
const handler = 'CatalogHandlercatalogcommands';

let shop: Shop;

beforeAll(async () => {
  shop = await Shop.open(await cloud());
});

/** Leads the commands' function to another event bus while something is done. */
async function withBusAt(url: string, run: () => Promise<void>): Promise<void> {
  const client = new LambdaClient();
  const FunctionName = shop.physical(handler, 'AWS::Lambda::Function');
  const { Environment: before } = await client.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const Variables = { ...before?.Variables, AWS_ENDPOINT_URL_EVENTBRIDGE: url };
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
  try {
    await run();
  } finally {
    await client.send(
      new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables: before?.Variables ?? {} } }),
    );
    client.destroy();
  }
}

it.runIf(canTellProcesses)('a process that dies between commit and publish loses nothing', async () => {
  const server = await killingServer((await cloud()).stateDirectory);
  const key = unique('killed');
  await withBusAt(server.url, async () => {
    const answer = await shop.send('product', '71053', 'CreateProduct', lantern, { key });
    expect(answer.status).toBeGreaterThanOrEqual(500);
  });
  server.close();
  expect(server.killed).toHaveLength(1);

  // Nobody was told of it, but it is written, and a sweep is on its way.
  const unpublished = 'select stream, version from dbpatterns.outbox where published_at is null';
  expect(await shop.catalog.query(unpublished)).toEqual([{ stream: 'product/71053', version: 1 }]);
  expect(await shop.messages('CatalogProductsOutboxSweep')).toBeGreaterThan(0);

  // The client does not know either; it asks again and is told.
  const again = await shop.send('product', '71053', 'CreateProduct', lantern, { key });
  expect(again).toMatchObject({ status: 200, body: { version: 1 } });
  expect(again.headers.get('idempotent-replayed')).toBe('true');

  // When the lease of the dead function has run out, a sweep wakes the relay, as the delayed one will.
  await shop.catalog.query(`update dbpatterns.outbox set leased_until = now() where published_at is null`);
  await shop.message('CatalogProductsOutboxSweep', { dbpatterns: 'sweep', service: 'catalog' });
  await expect.poll(() => shop.catalog.query(unpublished), { timeout: 20_000 }).toEqual([]);
  await expectViews(shop);
});
