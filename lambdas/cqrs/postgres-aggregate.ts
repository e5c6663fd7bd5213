import { EnvironmentError, postgres, type PostgresClient } from '../stores/index.js';
import type { Contract } from './contract.js';
import type { ContributionOperation } from './contributions.js';
import { operationsOf, type EventHandlers } from './event-handlers.js';
import { PostgresViewStore } from './postgres-view-store.js';
import { projectionHandler, type ProjectionHandler } from './projection-handler.js';
import type { ProjectionHandlerOptions } from './projection-settings.js';
import type { Stream } from './stream.js';

/** What a projection into a table of PostgreSQL takes from outside. */
export interface PostgresProjectionOptions extends ProjectionHandlerOptions {
  /** The view's database. Default: the store that the environment names. */
  readonly db?: PostgresClient;
}

/**
 * The Lambda handler that keeps totals which many streams feed, in a table of PostgreSQL: counts and sums by a key, for
 * questions that only SQL answers.
 *
 * Handlers are as with `aggregate`. The key's names are the columns of the table's primary key, the measures are columns
 * of type `bigint not null default 0`; a migration of the application makes the table. A batch is one call to the
 * database, in one transaction, in which each total is written once; a commit may move any number of totals. Read it with
 * `postgresView`.
 *
 * @param stream - the contract of the stream that is followed
 * @param handlers - per event type what it contributes; types left out move the stream's version only
 * @example
 * export const handler = postgresAggregate(sale, {
 *   SaleRegistered: ({ data }) => data.lines.map(({ product, units }) => contribute({ product }, { sales: 1, units })),
 * });
 */
export function postgresAggregate<C extends Contract>(
  stream: Stream<C>,
  handlers: EventHandlers<C, ContributionOperation>,
  options: PostgresProjectionOptions = {},
): ProjectionHandler {
  const operations = operationsOf(stream, handlers);
  return projectionHandler(
    {
      kind: 'aggregate',
      sql: true,
      store: ({ settings: { store, table }, environment, now, waiting }) => {
        if (table === undefined) throw noTable();
        const db = options.db ?? postgres(store, { environment });
        return new PostgresViewStore({
          db,
          view: table,
          followed: stream.name,
          operationsOf: operations,
          now,
          waiting,
        });
      },
    },
    stream.name,
    options,
  );
}

function noTable(): EnvironmentError {
  return new EnvironmentError(
    'invalid-variable',
    'DBPATTERNS_PROJECTION',
    'the construct names no table: give it `into: View.aggregateTable(store, table)`',
  );
}
