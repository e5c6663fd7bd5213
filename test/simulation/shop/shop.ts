import type { World } from '../core/world.js';
import type { Services } from '../models/clients.js';
import { slowly } from '../models/dynamodb/propagation.js';
import { DynamoDb } from '../models/dynamodb/service.js';
import type { Table } from '../models/dynamodb/table.js';
import { EventBus } from '../models/event-bridge.js';
import { LambdaFunction } from '../models/lambda.js';
import { DataApi } from '../models/postgres/data-api.js';
import type { Engine } from '../models/postgres/engine.js';
import { Recipient } from '../models/recipient.js';
import { QueueSource } from '../models/sources.js';
import { Sqs, type Queue } from '../models/sqs.js';
import { TableStream } from '../models/table-stream.js';
import { newer, older, type Edition } from './editions.js';
import { codeOf } from './functions.js';
import { BANDS, BUS, COMMIT_TABLE, LETTERS, LISTING, SUBSCRIBER, TIMEOUT, TOTALS } from './names.js';
import { BANDS_VIEWS, LIMITS, type BandsView, type Plan } from './plan.js';
import type { Code } from './start.js';

/** Like its stack: what the constructs make of the shop, with their numbers. */
const MAX_RECEIVES = 10;
const VISIBILITY = 6 * TIMEOUT;
/** Functions that may take a minute. */
const MINUTE = new Set(['catalog-relay', 'sales-republish']);
/** Shorter than the longest descriptions. */
const LONG = 100;

/** The shop of a run. */
export interface Shop {
  readonly services: Services;
  readonly dataApi: DataApi;
  readonly tables: Readonly<Record<'listing' | 'totals' | 'bands' | 'letters' | 'commits', Table>>;
  /** Who keeps price bands. */
  readonly bandsView: BandsView;
  readonly recipient: Recipient;
  readonly deadLetters: Queue;
  readonly stream: TableStream;
  function(name: string): LambdaFunction;
  /** Deploys the newer edition of a function. */
  deploy(name: string): void;
}

export function openShop(
  world: World,
  engine: Engine,
  { limits = LIMITS, bands: bandsView = 'insights-bands' }: Plan,
): Shop {
  const dynamodb = new DynamoDb(limits.page);
  const dataApi = new DataApi(world, engine);
  const sqs = new Sqs(world);
  const bus = new EventBus(world, BUS, limits.entry);
  const functions = new Map<string, LambdaFunction>();
  const services: Services = { dynamodb, dataApi, sqs, bus, functions };
  const recipient = new Recipient();
  recipient.refuses = ({ description = '' }) => description.length > LONG;
  const code = (edition: Edition): Record<string, Code> => codeOf(world, services, recipient, limits, edition);
  for (const [name, start] of Object.entries(code(older))) {
    functions.set(name, new LambdaFunction(world, { name, timeout: MINUTE.has(name) ? 60 : TIMEOUT, start }));
  }
  const found = (name: string): LambdaFunction => functions.get(name)!;

  const { table: listingName, ...listingKeys } = LISTING;
  const { table: totalsName, ...totalsKeys } = TOTALS;
  const listing = dynamodb.create({ name: listingName, ...listingKeys }, slowly(world));
  // What the view cannot hold is poison to it.
  listing.refuses = ({ description }) => String(description).length > LONG;
  const totals = dynamodb.create({ name: totalsName, ...totalsKeys });
  const { table: bandsName, ...bandsKeys } = BANDS;
  const bands = dynamodb.create({ name: bandsName, ...bandsKeys });
  const { table: lettersName, ...lettersKeys } = LETTERS;
  const letters = dynamodb.create({ name: lettersName, ...lettersKeys });
  const commits = dynamodb.create({ name: COMMIT_TABLE, partitionKey: 'stream', sortKey: 'version' });

  const deadLetters = sqs.create('dead-letters');
  const redrive = { queue: deadLetters, maxReceives: MAX_RECEIVES };
  const sweeps = sqs.create('sweeps', { visibility: 6 * 60 });
  new QueueSource(world, { queue: sweeps, function: found('catalog-relay') });
  for (const [name, { stream }] of Object.entries(SUBSCRIBER)) {
    if (BANDS_VIEWS.some((one) => one === name && one !== bandsView)) continue;
    const queue = sqs.create(name, { visibility: VISIBILITY, redrive });
    bus.rule({ source: stream === 'product' ? 'catalog' : 'sales', detailType: stream, queue });
    new QueueSource(world, { queue, function: found(name), partial: true });
  }
  const stream = new TableStream(world, { table: commits, function: found('sales-relay') });
  return {
    services,
    dataApi,
    tables: { listing, totals, bands, letters, commits },
    bandsView,
    recipient,
    deadLetters,
    stream,
    function: found,
    deploy: (name) => found(name).deploy(code(newer)[name]!),
  };
}
