import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { RDSDataClient } from '@aws-sdk/client-rds-data';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { postgresAt } from '../../lambdas/stores/index.js';
import type { LocalCloud } from '../../local/index.js';
import { root } from '../../scripts/support/paths.js';
import type { counts as Counts } from '../../test/simulation/counts.js';
import { DynamoDb, type Consumed, type Input } from '../../test/simulation/models/dynamodb/service.js';
import { bundle } from '../../test/simulation/runner/bundle.js';
import { imported } from '../support/bundle.js';
import type { Count } from '../support/measurement.js';
import { applyOnce } from './dedupe-row.js';
import { created } from './deliveries.js';
import { filledOutbox } from './filled-outbox.js';

/** How many events are counted, after as many that are not: what is done once in the life of a view is then over. */
const EVENTS = 1000;
const FIRST = 1000;

/**
 * What operations cost, exactly: the shipped handlers against the model of DynamoDB, which charges as DynamoDB does, and
 * against a real outbox. The tests hold the same numbers.
 */
export async function counts(cloud: LocalCloud): Promise<readonly Count[]> {
  const file = await bundle(root, 'counts', [], 'test/simulation/counts.ts');
  const { counts: counted } = (await import(pathToFileURL(file).href)) as { counts: typeof Counts };
  const cost = (await counted([FIRST, FIRST + EVENTS])).at(-1);
  if (cost?.change?.entity === undefined) throw new Error('nothing was counted');
  const { sale, change } = cost;
  const of = (what: string, { requests, read, write }: Consumed): Count => ({ what, requests, read, write });
  return [
    { what: 'command on PostgreSQL, returned', ...(await commandOnPostgres(cloud)) },
    of('command on DynamoDB that begins a stream: its commit', sale.commit),
    of('command on DynamoDB that reads its stream: its commit', change.commit),
    of('commit into an entity view with two indexes', cost.change.entity),
    of('the same with a row for each event that was seen', await dedupeRow()),
    of('commit into an aggregate view, a stream a commit', sale.totals),
    of('commit into an aggregate view, one stream', change.totals),
    of('entity read with a token', change.read),
    of('total read with a token', sale.read),
  ];
}

/** Calls of the Data API and of the bus, once the container has sent its sweep. */
async function commandOnPostgres(cloud: LocalCloud): Promise<Pick<Count, 'requests'>> {
  const { superuser, address } = await filledOutbox(cloud, 'bench_counts', 0);
  await superuser.end();
  let requests = 0;
  const rdsData = new RDSDataClient({ maxAttempts: 1 });
  const eventBridge = new EventBridgeClient();
  // Below the retries: each attempt is a request.
  const place = { step: 'finalizeRequest', priority: 'low' } as const;
  const count = (): void => void (requests += 1);
  rdsData.middlewareStack.add((next) => async (args) => (count(), next(args)), place);
  eventBridge.middlewareStack.add((next) => async (args) => (count(), next(args)), place);
  const database = postgresAt(address, { client: rdsData });
  await database.query(readFileSync(join(root, 'bench/cqrs/sql/0001_products.sql'), 'utf8'));
  const { creating } = await imported<typeof import('./handlers/kit-commands.js')>(
    'bench/cqrs/handlers/kit-commands.ts',
  );
  const settings = { service: 'catalog', stream: 'product', store: 'PRODUCTS', bus: 'default', sweepQueue: 'none' };
  const limits = {
    entryLimit: 262_144,
    functionTimeout: 30,
    bodyLimit: 262_144,
    retentionDays: 7,
    tokenValidity: 86_400,
  };
  const handler = creating({
    environment: { DBPATTERNS_COMMANDS: JSON.stringify({ ...settings, ...limits }) },
    database,
    eventBridge,
    sqs: { send: () => Promise.resolve({}) },
  });
  const command = async (id: string): Promise<void> => {
    const answer = await handler({
      path: `/product/${id}/CreateProduct`,
      headers: { 'idempotency-key': id },
      body: JSON.stringify(created(255).data),
      isBase64Encoded: false,
    });
    if (answer.statusCode !== 200) throw new Error(`a command was answered with ${answer.statusCode}: ${answer.body}`);
  };
  await command('first');
  requests = 0;
  await command('second');
  rdsData.destroy();
  eventBridge.destroy();
  return { requests };
}

/** A row per event, in the transaction of the change: with the indexes and the fields that the entity view has. */
async function dedupeRow(): Promise<Consumed> {
  const dynamodb = new DynamoDb();
  const indexes = ['category', 'priceBand'].map((partitionKey) => ({
    name: partitionKey,
    partitionKey,
    sortKey: 'price',
  }));
  dynamodb.create({ name: 'rows', partitionKey: 'id', indexes });
  const client = {
    send: async (command: { constructor: { name: string }; input: Input }) =>
      dynamodb.carryOut(command.constructor.name, command.input),
  } as never as DynamoDBDocumentClient;
  const change = async (version: number): Promise<void> => {
    const fields = { description: 'JUMBO BAG RED', category: 'bags', priceBand: '1-2', price: 100 + version };
    await applyOnce(client, 'rows', { id: '85123A', stream: 'product/85123A', version, fields });
  };
  await change(1);
  const before = { ...dynamodb.consumed };
  await change(2);
  const { requests, read, write } = dynamodb.consumed;
  return { requests: requests - before.requests, read: read - before.read, write: write - before.write };
}
