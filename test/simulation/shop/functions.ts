import type { DynamoDBStreamEvent } from 'aws-lambda';
import { sale } from '../../../examples/storefront/domain/sale.js';
import { definitions as salesCommands } from '../../../examples/storefront/services/sales/commands.js';
import { commitHistory } from '../../../lambdas/cqrs/commit-history.js';
import { commitRelay } from '../../../lambdas/cqrs/commit-relay.js';
import { history, type HistorySource } from '../../../lambdas/cqrs/history.js';
import { dynamodbCommands } from '../../../lambdas/cqrs/index.js';
import { PAGE_BYTES } from '../../../lambdas/cqrs/limits.js';
import { outboxHistory } from '../../../lambdas/cqrs/outbox-history.js';
import { relay } from '../../../lambdas/cqrs/relay.js';
import { republish } from '../../../lambdas/cqrs/republish.js';
import type { World } from '../core/world.js';
import type { Services } from '../models/clients.js';
import type { Handler } from '../models/lambda.js';
import type { Recipient } from '../models/recipient.js';
import type { Edition } from './editions.js';
import { BUS, COMMIT_TABLE, TIMEOUT, URLS } from './names.js';
import type { Limits } from './plan.js';
import { database, starter, type Code, type Parts } from './start.js';
import { readersOf, subscribersOf } from './subscribers.js';

/** The code of each function, as its file exports it; that of some depends on the edition. */
export function codeOf(
  world: World,
  services: Services,
  recipient: Recipient,
  limits: Limits,
  edition: Edition,
): Record<string, Code> {
  const start = starter(world, services);
  return {
    ...catalogOf(start, limits, edition),
    ...salesOf(start, limits),
    ...subscribersOf(start, edition, recipient),
    ...readersOf(start),
  };
}

const HISTORY_DAYS = 730;
const COMMANDS = { functionTimeout: TIMEOUT, bodyLimit: 262_144, retentionDays: 7, tokenValidity: 86_400 };

type Start = (code: (parts: Parts) => unknown) => Code;

function catalogOf(start: Start, { entry: entryLimit, page }: Limits, edition: Edition): Record<string, Code> {
  return {
    'catalog-commands': start((parts) =>
      edition.commands({
        ...parts.options,
        environment: {
          DBPATTERNS_COMMANDS: JSON.stringify({
            ...COMMANDS,
            ...{ service: 'catalog', stream: 'product', bus: BUS, sweepQueue: URLS.sweeps },
            ...{ entryLimit, store: 'PRODUCTS' },
          }),
        },
        database: database(parts),
        eventBridge: parts.clients.eventBridge(1),
        sqs: parts.clients.sqs,
      }),
    ),
    'catalog-relay': start(
      (parts): Handler =>
        (_, context) =>
          relay({
            ...parts.options,
            db: database(parts),
            bus: { client: parts.clients.eventBridge(3), bus: BUS, service: 'catalog', entryLimit },
            queue: { client: parts.clients.sqs, url: URLS.sweeps, service: 'catalog' },
            store: 'PRODUCTS',
            retentionDays: COMMANDS.retentionDays,
            historyDays: HISTORY_DAYS,
            remaining: () => context.getRemainingTimeInMillis(),
          }),
    ),
    'catalog-history': start((parts) => historyOf(outboxHistory(database(parts), Math.min(PAGE_BYTES, page)))),
  };
}

function salesOf(start: Start, { entry: entryLimit }: Limits): Record<string, Code> {
  const publishing = ({ clients, options }: Parts) => ({
    ...options,
    bus: { client: clients.eventBridge(1), bus: BUS, service: 'sales', entryLimit },
  });
  const table = ({ clients }: Parts) => ({ client: clients.dynamodb, table: COMMIT_TABLE });
  return {
    'sales-commands': start((parts) =>
      dynamodbCommands(sale, salesCommands, {
        ...parts.options,
        environment: {
          DBPATTERNS_COMMANDS: JSON.stringify({ ...COMMANDS, service: 'sales', stream: 'sale', store: 'INVOICES' }),
        },
        store: table(parts),
      }),
    ),
    'sales-relay': start(
      (parts): Handler =>
        (event, context) =>
          commitRelay(event as DynamoDBStreamEvent, {
            ...publishing(parts),
            remaining: () => context.getRemainingTimeInMillis(),
          }),
    ),
    'sales-republish': start(
      (parts): Handler =>
        (request, context) =>
          republish(table(parts), request, {
            ...publishing(parts),
            remaining: () => context.getRemainingTimeInMillis(),
          }),
    ),
    'sales-history': start((parts) => historyOf(commitHistory(table(parts), parts.options.now))),
  };
}

function historyOf(source: HistorySource): Handler {
  return (request) => history(source, request);
}
