import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { priceChanged, product, productCreated } from '../../examples/storefront/domain/product.js';
import { sale } from '../../examples/storefront/domain/sale.js';
import { listing } from '../../examples/storefront/services/browse/listing.js';
import { totals } from '../../examples/storefront/services/insights/totals.js';
import { definitions } from '../../examples/storefront/services/sales/commands.js';
import { envelopeText, parseEnvelope } from '../../lambdas/cqrs/envelope.js';
import {
  aggregateView,
  dynamodbCommand,
  dynamodbCommands,
  entityView,
  Token,
  type CommandsHandler,
  type IndexedTable,
  type ProjectionHandler,
  type ProjectionOptions,
} from '../../lambdas/cqrs/index.js';
import { DynamoDb, type Consumed, type Input } from './models/dynamodb/service.js';
import type { Item } from './models/dynamodb/values.js';
import { bands } from './shop/bands.js';
import { BANDS, LISTING, TIMEOUT, TOTALS } from './shop/names.js';

/** What an event cost on its way, on average over the events before a number of them. */
export interface Cost {
  readonly events: number;
  /** A sale, which begins its stream. */
  readonly sale: EventCost;
  /** A change of one product, whose stream grows: one for every ten sales, until it has a thousand commits. */
  readonly change?: EventCost;
}

/** What one event costs, wherever it comes by. */
export interface EventCost {
  /** To commit it. */
  readonly commit: Consumed;
  /** To apply it to each of its views, in batches of ten, by the view's kind. */
  readonly entity?: Consumed;
  readonly totals: Consumed;
  /** To read what it changed, with its token. */
  readonly read: Consumed;
}

const SALES_A_CHANGE = 10;
/** The model sorts what it finds: a stream of more commits would take it minutes. */
const GROWN = 10_000;
const BATCH = 10;
const NOW = new Date('2026-01-05T08:00:00Z');
const OPTIONS = { now: () => NOW, random: () => 0.5, sleep: async () => undefined, log: () => undefined };
const READING = { environment: {}, waitLimit: 0, ...OPTIONS };

/**
 * Counts requests and capacity units per event while the store grows, with the shipped handlers against the model of
 * DynamoDB and nothing that goes wrong: at each of these numbers of events, for the events since the one before.
 */
export async function counts(sizes: readonly number[]): Promise<Cost[]> {
  const dynamodb = new DynamoDb();
  // A model without a world: each call is carried out at once.
  const client = {
    send: async (command: { constructor: { name: string }; input: Input }) =>
      dynamodb.carryOut(command.constructor.name, command.input),
  } as never as DynamoDBDocumentClient;
  const sales = new Road(dynamodb, client, 'sale');
  const products = new Road(dynamodb, client, 'product');
  const costs: Cost[] = [];
  let done = 0;
  for (const size of sizes) {
    const since = done;
    for (; done < size; done += 1) {
      await sales.go(done);
      if (done < GROWN && done % SALES_A_CHANGE === 0) await products.go(done / SALES_A_CHANGE);
    }
    const sale = sales.costs(size - since);
    costs.push({
      events: size,
      sale,
      ...(size > GROWN ? {} : { change: products.costs((size - since) / SALES_A_CHANGE) }),
    });
  }
  return costs;
}

/** The way of one stream's events: a commit table, and the views that follow it. */
class Road {
  private readonly fresh: Item[] = [];
  private readonly sums = { commit: none(), entity: none(), totals: none(), read: none() };
  private readonly command: CommandsHandler;
  private readonly totals: ProjectionHandler;
  private readonly listing: ProjectionHandler | undefined;
  private readonly find: (number: number, id: string, after: Token) => Promise<unknown>;

  constructor(
    private readonly dynamodb: DynamoDb,
    private readonly client: DynamoDBDocumentClient,
    private readonly name: 'sale' | 'product',
  ) {
    const table = `${name} commits`;
    const commits = dynamodb.create({ name: table, partitionKey: 'stream', sortKey: 'version' });
    commits.onChange = ({ after }) => void (after?.['commit'] === undefined ? undefined : this.fresh.push(after));
    const settings = { service: name, stream: name, store: 'COMMITS', functionTimeout: TIMEOUT, bodyLimit: 262_144 };
    const options = {
      ...OPTIONS,
      environment: { DBPATTERNS_COMMANDS: JSON.stringify({ ...settings, retentionDays: 7, tokenValidity: 86_400 }) },
      store: { client, table },
    };
    if (name === 'sale') {
      this.command = dynamodbCommands(sale, definitions, options);
      this.totals = totals(this.following('aggregate', TOTALS));
      const view = aggregateView(sale, { ...READING, table: { ...TOTALS, client } });
      this.find = (number, _id, after) => view.get(totalOf(number), { after });
    } else {
      this.command = dynamodbCommands(product, productCommands, options);
      this.totals = bands.inItems(this.following('aggregate', BANDS));
      this.listing = listing(this.following('entity', LISTING));
      const view = entityView(product, { ...READING, table: { ...LISTING, client } });
      this.find = (_number, id, after) => view.get(id, { after });
    }
  }

  /** Commits an event, applies it with others, and reads what came of it. */
  async go(number: number): Promise<void> {
    const { id, name, data, version } = this.name === 'sale' ? saleOf(number) : changeOf(number);
    const answer = await this.counted('commit', () =>
      this.command({
        path: `/${this.name}/${id}/${name}`,
        headers: { 'idempotency-key': `key-${number}`, ...(version === 0 ? {} : { 'if-match': `"${version}"` }) },
        body: JSON.stringify(data),
        isBase64Encoded: false,
      }),
    );
    if (answer.statusCode !== 200) throw new Error(`${name} ${id} was answered ${answer.statusCode}: ${answer.body}`);
    if (this.fresh.length < BATCH) return;
    const event = { Records: this.fresh.splice(0).map(recordOf) } as never;
    await this.counted('totals', () => this.totals(event));
    await this.counted('entity', async () => this.listing?.(event));
    const after = Token.parse((JSON.parse(answer.body) as { token: string }).token, { now: () => NOW });
    const found = await this.counted('read', () => this.find(number, id, after));
    if (found === undefined) throw new Error(`what event ${number} of ${this.name} made is not there`);
  }

  /** What an event cost on average since the last time; each tenth is read. */
  costs(events: number): EventCost {
    const { commit, entity, totals: sums, read } = this.sums;
    const views = this.listing === undefined ? {} : { entity: each(entity, events) };
    const costs = { commit: each(commit, events), ...views, totals: each(sums, events), read: each(read, events / 10) };
    for (const sum of [commit, entity, sums, read]) Object.assign(sum, none());
    return costs;
  }

  private following(kind: string, table: Omit<IndexedTable, 'client'>): ProjectionOptions {
    const { table: name, ...keys } = table;
    this.dynamodb.create({ name, ...keys });
    const settings = { name, service: name, stream: this.name, kind, queue: 'q', history: 'h', store: 'VIEW' };
    return {
      ...OPTIONS,
      environment: { DBPATTERNS_PROJECTION: JSON.stringify({ ...settings, parkAfter: 5 }) },
      table: { ...table, client: this.client },
      history: async () => ({ commits: [], more: false }),
      queue: { hide: async () => undefined, copy: async () => undefined },
    };
  }

  private async counted<T>(what: keyof typeof this.sums, action: () => Promise<T>): Promise<T> {
    const before = { ...this.dynamodb.consumed };
    const result = await action();
    for (const unit of ['requests', 'read', 'write'] as const) {
      this.sums[what][unit] += this.dynamodb.consumed[unit] - before[unit];
    }
    return result;
  }
}

/** A product on a commit store, as somebody else might have it. */
const productCommands = {
  Create: dynamodbCommand(productCreated, ({ data }) => product.events.ProductCreated(data)),
  Change: dynamodbCommand(priceChanged, ({ data }) => product.events.PriceChanged(data)),
};

interface Wish {
  readonly id: string;
  readonly name: string;
  readonly data: unknown;
  /** The version that is known of its stream. */
  readonly version: number;
}

function saleOf(number: number): Wish {
  const { day, country } = totalOf(number);
  const lines = [{ product: '85123A', units: 1 + (number % 5), price: 255 }];
  const data = { customer: null, country, soldAt: `${day}T08:26:00`, lines };
  return { id: String(number).padStart(6, '0'), name: 'RegisterSale', data, version: 0 };
}

function totalOf(number: number): { day: string; country: string } {
  return { day: `2010-12-${String(1 + (number % 20)).padStart(2, '0')}`, country: 'France' };
}

function changeOf(version: number): Wish {
  const changed = { price: 100 + (version % 90), since: '2010-12-01' };
  const data = version === 0 ? { description: 'JUMBO BAG RED', category: 'bags', ...changed } : changed;
  return { id: '85123A', name: version === 0 ? 'Create' : 'Change', data, version };
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

function each(sum: Consumed, count: number): Consumed {
  const share = (value: number): number => Math.round((value / count) * 1000) / 1000;
  return { requests: share(sum.requests), read: share(sum.read), write: share(sum.write) };
}
