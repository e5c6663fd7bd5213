import { sale } from '../../examples/storefront/domain/sale.js';
import { definitions } from '../../examples/storefront/services/sales/commands.js';
import { totals } from '../../examples/storefront/services/insights/totals.js';
import { dynamodbCommands } from '../../lambdas/cqrs/index.js';
import { envelopeText, parseEnvelope } from '../../lambdas/cqrs/envelope.js';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { DynamoDb, type Consumed, type Input } from './models/dynamodb/service.js';
import type { Item } from './models/dynamodb/values.js';
import { COMMIT_TABLE, TIMEOUT, TOTALS } from './shop/names.js';

/** What an event cost on its way, on average over the events before a number of them. */
export interface Cost {
  readonly events: number;
  /** To commit it. */
  readonly commit: Consumed;
  /** To apply it to a view of totals, in batches of ten. */
  readonly view: Consumed;
}

const BATCH = 10;
const NOW = new Date('2026-01-05T08:00:00Z');

/**
 * Counts requests and capacity units per event while the store grows, with the shipped handlers against the model of
 * DynamoDB and nothing that goes wrong: at each of these numbers of events, for the events since the one before.
 */
export async function counts(sizes: readonly number[]): Promise<Cost[]> {
  const dynamodb = new DynamoDb();
  const { table, ...keys } = TOTALS;
  const commits = dynamodb.create({ name: COMMIT_TABLE, partitionKey: 'stream', sortKey: 'version' });
  dynamodb.create({ name: table, ...keys });
  // A model without a world: each call is carried out at once.
  const client = {
    send: async (command: { constructor: { name: string }; input: Input }) =>
      dynamodb.carryOut(command.constructor.name, command.input),
  } as never as DynamoDBDocumentClient;
  const options = { now: () => NOW, random: () => 0.5, sleep: async () => undefined, log: () => undefined };
  const command = dynamodbCommands(sale, definitions, {
    ...options,
    environment: {
      DBPATTERNS_COMMANDS: JSON.stringify({
        ...{ service: 'sales', stream: 'sale', store: 'INVOICES', functionTimeout: TIMEOUT, bodyLimit: 262_144 },
        ...{ retentionDays: 7, tokenValidity: 86_400 },
      }),
    },
    store: { client, table: COMMIT_TABLE },
  });
  const settings = { name: 'totals', service: 'insights', stream: 'sale', kind: 'aggregate', queue: 'q', history: 'h' };
  const view = totals({
    ...options,
    environment: { DBPATTERNS_PROJECTION: JSON.stringify({ ...settings, parkAfter: 5, store: 'TOTALS' }) },
    table: { ...TOTALS, client },
    history: async () => ({ commits: [], more: false }),
    queue: { hide: async () => undefined, copy: async () => undefined },
  });

  const fresh: Item[] = [];
  commits.onChange = ({ after }) => void (after?.['commit'] === undefined ? undefined : fresh.push(after));
  const costs: Cost[] = [];
  let done = 0;
  for (const size of sizes) {
    const since = done;
    const sum = { commit: none(), view: none() };
    for (; done < size; done += 1) {
      await counted(dynamodb, sum.commit, () => register(command, done));
      if (fresh.length === BATCH) {
        const event = { Records: fresh.splice(0).map(recordOf) } as never;
        await counted(dynamodb, sum.view, () => view(event));
      }
    }
    costs.push({ events: size, commit: each(sum.commit, done - since), view: each(sum.view, done - since) });
  }
  return costs;
}

async function register(command: ReturnType<typeof dynamodbCommands>, number: number): Promise<void> {
  const id = String(number).padStart(6, '0');
  const lines = [{ product: '85123A', units: 1 + (number % 5), price: 255 }];
  const day = 1 + (number % 20);
  const data = { customer: null, country: 'France', soldAt: `2010-12-${String(day).padStart(2, '0')}T08:26:00`, lines };
  const answer = await command({
    path: `/sale/${id}/RegisterSale`,
    headers: { 'idempotency-key': `key-${number}` },
    body: JSON.stringify(data),
    isBase64Encoded: false,
  });
  if (answer.statusCode !== 200) throw new Error(`sale ${number} was answered ${answer.statusCode}: ${answer.body}`);
}

function recordOf(item: Item, index: number) {
  const detail = parseEnvelope(envelopeText(String(item['stream']), Number(item['version']), String(item['commit'])));
  return {
    messageId: String(index),
    receiptHandle: '',
    body: JSON.stringify({ detail }),
    attributes: { ApproximateReceiveCount: '1' },
    messageAttributes: {},
  };
}

const none = (): Consumed => ({ requests: 0, read: 0, write: 0 });

async function counted(dynamodb: DynamoDb, sum: Consumed, action: () => Promise<unknown>): Promise<void> {
  const before = { ...dynamodb.consumed };
  await action();
  for (const name of ['requests', 'read', 'write'] as const) sum[name] += dynamodb.consumed[name] - before[name];
}

function each(sum: Consumed, count: number): Consumed {
  const share = (value: number): number => Math.round((value / count) * 1000) / 1000;
  return { requests: share(sum.requests), read: share(sum.read), write: share(sum.write) };
}
