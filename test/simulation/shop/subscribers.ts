import { answers as basketAnswers } from '../../../examples/storefront/services/insights/basket-queries.js';
import { answers as browseAnswers, type ListedProduct } from '../../../examples/storefront/services/browse/queries.js';
import { boughtTogether } from '../../../examples/storefront/services/insights/bought-together.js';
import { answers as insightsAnswers, type SalesOfDay } from '../../../examples/storefront/services/insights/queries.js';
import { totals } from '../../../examples/storefront/services/insights/totals.js';
// What handlers load only when they need it is there from the beginning: loading takes time that is not virtual.
import '../../../lambdas/cqrs/aggregate-check.js';
import '../../../lambdas/cqrs/dynamodb-drop.js';
import '../../../lambdas/cqrs/entity-check.js';
import '../../../lambdas/cqrs/parking-scan.js';
import '../../../lambdas/cqrs/parking.js';
import '../../../lambdas/cqrs/postgres-check.js';
import '../../../lambdas/cqrs/postgres-moves.js';
import '../../../lambdas/cqrs/postgres-parking.js';
import '../../../lambdas/cqrs/projection-upkeep.js';
import '../../../lambdas/cqrs/rebuild-job.js';
import { historyFunction, historySegments } from '../../../lambdas/cqrs/history-function.js';
import { aggregateView, entityView, postgresView, type IndexedTable } from '../../../lambdas/cqrs/index.js';
import { sqsQueue } from '../../../lambdas/cqrs/own-queue.js';
import type { Recipient } from '../models/recipient.js';
import type { Edition } from './editions.js';
import { BANDS, BASKETS, LETTERS, LISTING, TIMEOUT, TOTALS, URLS, SUBSCRIBER } from './names.js';
import { database, type Code, type Parts } from './start.js';

const READING = { environment: {}, waitLimit: 2_000 };
/** As the construct has it. */
const PARK_AFTER = { entity: 5, aggregate: 5, reaction: 24 };
/** Long before the first commit of a run. */
const SINCE = '2025-01-01T00:00:00Z';

/** The code that needs to know the contract of products, as an edition has it. */
export function subscribersOf(
  start: (code: (parts: Parts) => unknown) => Code,
  edition: Edition,
  recipient: Recipient,
): Record<'browse-listing' | 'insights-bands' | 'insights-band-rows' | 'shop-letters', Code> {
  return {
    'browse-listing': start((parts) =>
      edition.listing({ ...following('browse-listing', parts), table: of(LISTING, parts) }),
    ),
    'insights-bands': start((parts) =>
      edition.bands.inItems({ ...following('insights-bands', parts), table: of(BANDS, parts) }),
    ),
    'insights-band-rows': start((parts) =>
      edition.bands.inRows({ ...following('insights-band-rows', parts), db: database(parts) }),
    ),
    'shop-letters': start((parts) =>
      edition.letters((key, letter) => recipient.post(parts.container, key, letter), {
        ...following('shop-letters', parts),
        table: of(LETTERS, parts),
        since: SINCE,
      }),
    ),
  };
}

/** The code that follows sales, and all that answers questions. */
export function readersOf(start: (code: (parts: Parts) => unknown) => Code): Record<string, Code> {
  return {
    'insights-totals': start((parts) => totals({ ...following('insights-totals', parts), table: of(TOTALS, parts) })),
    'insights-baskets': start((parts) =>
      boughtTogether({ ...following('insights-baskets', parts), db: database(parts) }),
    ),
    'browse-queries': start((parts) => {
      const view = entityView<ListedProduct>('product', { ...READING, ...parts.options, table: of(LISTING, parts) });
      return browseAnswers(view, parts.options);
    }),
    'insights-queries': start((parts) => {
      const view = aggregateView<SalesOfDay>('sale', { ...READING, ...parts.options, table: of(TOTALS, parts) });
      return insightsAnswers(view, parts.options);
    }),
    'insights-basket-queries': start((parts) => {
      const view = postgresView('sale', BASKETS, { ...READING, ...parts.options, db: database(parts) });
      return basketAnswers(view, parts.options);
    }),
  };
}

function of(table: typeof LISTING | typeof TOTALS | typeof BANDS | typeof LETTERS, { clients }: Parts): IndexedTable {
  return { ...table, client: clients.dynamodb };
}

/** What every subscriber is given. */
function following(name: keyof typeof SUBSCRIBER, { clients, options }: Parts) {
  const { stream, kind, rows } = SUBSCRIBER[name];
  const source = stream === 'product' ? 'catalog-history' : 'sales-history';
  const parkAfter = PARK_AFTER[kind];
  const settings = { name, service: name, stream, kind, queue: URLS[name], history: source, parkAfter };
  const table = rows === undefined ? {} : { table: rows };
  return {
    ...options,
    environment: {
      DBPATTERNS_PROJECTION: JSON.stringify({
        ...settings,
        ...table,
        ...{ store: 'VIEW', version: '1', functionTimeout: TIMEOUT },
      }),
    },
    history: historyFunction(source, clients.lambda),
    segments: historySegments(source, clients.lambda),
    queue: sqsQueue(URLS[name], clients.sqs),
  };
}
