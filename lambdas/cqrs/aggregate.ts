import { dynamodb } from '../stores/index.js';
import { AggregateWriter } from './aggregate-writer.js';
import type { Contract } from './contract.js';
import type { ContributionOperation } from './contributions.js';
import { DynamoDbViewStore } from './dynamodb-view-store.js';
import { operationsOf, type EventHandlers } from './event-handlers.js';
import { projectionHandler, type ProjectionHandler, type ProjectionOptions } from './projection-handler.js';
import type { Stream } from './stream.js';

/**
 * The Lambda handler that keeps totals which many streams feed: counts and sums by a key.
 *
 * Each event type that matters has a function that returns what its stream contributes to totals: {@link contribute},
 * {@link add} or {@link withdraw}. What a stream has contributed is kept beside the totals and changes with them in one
 * transaction, so that repeated deliveries and corrections never count twice. A batch is folded: each total is written
 * once. Measures are whole numbers (count pence, not pounds); a total that comes to zero stays, with zeros; a commit can
 * move at most 99 totals.
 *
 * Handlers must be functions of the event alone: they may run more than once for a commit.
 *
 * @param stream - the contract of the stream that is followed
 * @param handlers - per event type what it contributes; types left out move the stream's version only
 * @example
 * export const handler = aggregate(sale, {
 *   SaleRegistered: ({ data }) => contribute({ day: data.day, country: data.country }, { sales: 1, revenue: data.pence }),
 *   UnitsReturned: ({ data }) => add({ day: data.day, country: data.country }, { returns: 1, refunds: data.pence }),
 * });
 */
export function aggregate<C extends Contract>(
  stream: Stream<C>,
  handlers: EventHandlers<C, ContributionOperation>,
  options: ProjectionOptions = {},
): ProjectionHandler {
  const operations = operationsOf(stream, handlers);
  return projectionHandler(
    {
      kind: 'aggregate',
      sql: false,
      store: ({ settings: { store }, environment, now, waiting }) => {
        const table = options.table ?? dynamodb(store, { environment });
        return new DynamoDbViewStore({
          table,
          now,
          waiting,
          writerOf: (generation) => new AggregateWriter(table, operations, waiting, generation),
          checkOf: async (writer, generation) => {
            const { AggregateCheck } = await import('./aggregate-check.js');
            return new AggregateCheck(table, writer, operations, generation);
          },
        });
      },
    },
    stream.name,
    options,
  );
}
