import type { DynamoDBStreamEvent } from 'aws-lambda';
import { product } from '../../../examples/storefront/domain/product.js';
import { sale } from '../../../examples/storefront/domain/sale.js';
import { listing } from '../../../examples/storefront/services/browse/listing.js';
import { answers as browseAnswers, type ListedProduct } from '../../../examples/storefront/services/browse/queries.js';
import { definitions as catalogCommands } from '../../../examples/storefront/services/catalog/commands.js';
import { answers as insightsAnswers, type SalesOfDay } from '../../../examples/storefront/services/insights/queries.js';
import { totals } from '../../../examples/storefront/services/insights/totals.js';
import { definitions as salesCommands } from '../../../examples/storefront/services/sales/commands.js';
// What handlers load only when a rebuild asks for it is there from the beginning: loading takes time that is not virtual.
import '../../../lambdas/cqrs/aggregate-check.js';
import '../../../lambdas/cqrs/dynamodb-drop.js';
import '../../../lambdas/cqrs/entity-check.js';
import '../../../lambdas/cqrs/rebuild-job.js';
import { commitRelay } from '../../../lambdas/cqrs/commit-relay.js';
import { commitHistory } from '../../../lambdas/cqrs/commit-history.js';
import { history, type HistorySource } from '../../../lambdas/cqrs/history.js';
import {
  aggregateView,
  commands,
  dynamodbCommands,
  entityView,
  historyFunction,
  historySegments,
  type IndexedTable,
  type ProjectionOptions,
} from '../../../lambdas/cqrs/index.js';
import { outboxHistory } from '../../../lambdas/cqrs/outbox-history.js';
import { sqsQueue } from '../../../lambdas/cqrs/own-queue.js';
import { relay } from '../../../lambdas/cqrs/relay.js';
import { postgresAt, type PostgresClient } from '../../../lambdas/stores/index.js';
import type { World } from '../core/world.js';
import { clientsOf, type Clients, type Services } from '../models/clients.js';
import type { Container } from '../models/container.js';
import type { Handler } from '../models/lambda.js';
import { bands } from './bands.js';
import { BANDS, BUS, COMMIT_TABLE, LISTING, TIMEOUT, TOTALS, URLS } from './names.js';
import type { Limits } from './plan.js';

/** The code of each function, as its file exports it, with clients, clock, randomness and timers of its container. */
export function codeOf(
  world: World,
  services: Services,
  { entry: entryLimit }: Limits,
): Record<string, (container: Container) => Handler> {
  const start =
    (code: (parts: Parts) => unknown) =>
    (container: Container): Handler => {
      const { now, random, sleep, timeout } = container;
      const log = (entry: { level: string; message: string }): void => {
        if (entry.level !== 'info') world.story.tell(container.name, `log: ${JSON.stringify(entry)}`);
      };
      const clients = clientsOf(world, container, services);
      // The handlers' own types of events are narrower than what Lambda passes.
      return code({ clients, options: { now, random, sleep, timeout, log } }) as Handler;
    };
  return {
    'catalog-commands': start(({ clients, options }) =>
      commands(product, catalogCommands, {
        ...options,
        environment: {
          DBPATTERNS_COMMANDS: JSON.stringify({
            ...COMMANDS,
            ...{ service: 'catalog', stream: 'product', bus: BUS, sweepQueue: URLS.sweeps },
            ...{ entryLimit, store: 'PRODUCTS' },
          }),
        },
        database: database(clients, options),
        eventBridge: clients.eventBridge(1),
        sqs: clients.sqs,
      }),
    ),
    'catalog-relay': start(
      ({ clients, options }): Handler =>
        (_, context) =>
          relay({
            ...options,
            db: database(clients, options),
            bus: { client: clients.eventBridge(3), bus: BUS, service: 'catalog', entryLimit },
            queue: { client: clients.sqs, url: URLS.sweeps, service: 'catalog' },
            store: 'PRODUCTS',
            retentionDays: COMMANDS.retentionDays,
            historyDays: HISTORY_DAYS,
            remaining: () => context.getRemainingTimeInMillis(),
          }),
    ),
    'catalog-history': start(({ clients, options }) => historyOf(outboxHistory(database(clients, options)))),
    'sales-commands': start(({ clients, options }) =>
      dynamodbCommands(sale, salesCommands, {
        ...options,
        environment: {
          DBPATTERNS_COMMANDS: JSON.stringify({ ...COMMANDS, service: 'sales', stream: 'sale', store: 'INVOICES' }),
        },
        store: { client: clients.dynamodb, table: COMMIT_TABLE },
      }),
    ),
    'sales-relay': start(
      ({ clients, options }): Handler =>
        (event, context) =>
          commitRelay(event as DynamoDBStreamEvent, {
            ...options,
            bus: { client: clients.eventBridge(1), bus: BUS, service: 'sales', entryLimit },
            remaining: () => context.getRemainingTimeInMillis(),
          }),
    ),
    'sales-history': start(({ clients }) =>
      historyOf(commitHistory({ client: clients.dynamodb, table: COMMIT_TABLE })),
    ),
    'browse-listing': start(({ clients, options }) =>
      listing(projectionOptions('browse-listing', 'product', 'entity', clients, options, listingTable(clients))),
    ),
    'insights-totals': start(({ clients, options }) =>
      totals(projectionOptions('insights-totals', 'sale', 'aggregate', clients, options, totalsTable(clients))),
    ),
    'insights-bands': start(({ clients, options }) =>
      bands(projectionOptions('insights-bands', 'product', 'aggregate', clients, options, bandsTable(clients))),
    ),
    'browse-queries': start(({ clients, options }) =>
      browseAnswers(
        entityView<ListedProduct>('product', { ...READING, ...options, table: listingTable(clients) }),
        options,
      ),
    ),
    'insights-queries': start(({ clients, options }) =>
      insightsAnswers(
        aggregateView<SalesOfDay>('sale', { ...READING, ...options, table: totalsTable(clients) }),
        options,
      ),
    ),
  };
}

interface Parts {
  readonly clients: Clients;
  readonly options: Pick<Container, 'now' | 'random' | 'sleep' | 'timeout'> & {
    log: (entry: { level: string; message: string }) => void;
  };
}

const HISTORY_DAYS = 730;
const COMMANDS = { functionTimeout: TIMEOUT, bodyLimit: 262_144, retentionDays: 7, tokenValidity: 86_400 };
const READING = { environment: {}, waitLimit: 2_000 };

function database({ rdsData }: Clients, { now, random, sleep }: Parts['options']): PostgresClient {
  const address = { clusterArn: 'cluster', secretArn: 'secret', database: 'catalog' };
  return postgresAt(address, { client: rdsData, now, random, sleep, resumeTimeout: 24_000 });
}

function historyOf(source: HistorySource): Handler {
  return (request) => history(source, request);
}

function listingTable({ dynamodb: client }: Clients): IndexedTable {
  return { ...LISTING, client };
}

function totalsTable({ dynamodb: client }: Clients): IndexedTable {
  return { ...TOTALS, client };
}

function bandsTable({ dynamodb: client }: Clients): IndexedTable {
  return { ...BANDS, client };
}

function projectionOptions(
  name: 'browse-listing' | 'insights-totals' | 'insights-bands',
  stream: string,
  kind: string,
  clients: Clients,
  options: Parts['options'],
  table: IndexedTable,
): ProjectionOptions {
  const source = stream === 'product' ? 'catalog-history' : 'sales-history';
  const settings = { name, service: name, stream, kind, queue: URLS[name], history: source, parkAfter: 5 };
  return {
    ...options,
    environment: {
      DBPATTERNS_PROJECTION: JSON.stringify({ ...settings, store: 'VIEW', version: '1', functionTimeout: TIMEOUT }),
    },
    table,
    history: historyFunction(source, clients.lambda),
    segments: historySegments(source, clients.lambda),
    queue: sqsQueue(URLS[name], clients.sqs),
  };
}
