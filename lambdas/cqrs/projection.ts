import type { Contract } from './contract.js';
import type { EntityOperation } from './entity-operations.js';
import { entityKind } from './entity-kind.js';
import { operationsOf, type EventHandlers } from './event-handlers.js';
import { projectionHandler, type ProjectionHandler, type ProjectionOptions } from './projection-handler.js';
import type { Stream } from './stream.js';

/**
 * The Lambda handler that keeps an entity view: one item per entity, written by one conditional write per commit.
 *
 * Each event type that matters has a function that returns {@link put}, {@link set} or {@link remove}; the operations of
 * a commit become one write. Duplicates change nothing, gaps are closed from the publisher's history, and a commit that
 * cannot be applied is parked after some attempts while other entities go on.
 *
 * Handlers must be functions of the event alone: they may run more than once for a commit.
 *
 * @param stream - the contract of the stream that is followed
 * @param handlers - per event type what it does to the entity's item; types left out move its version only
 * @example
 * export const handler = projection(product, {
 *   ProductCreated: ({ data }) => put({ name: data.name, price: data.price, category: data.category }),
 *   PriceChanged: ({ data }) => set({ price: data.price }),
 *   ProductRetired: () => remove(),
 * });
 */
export function projection<C extends Contract>(
  stream: Stream<C>,
  handlers: EventHandlers<C, EntityOperation>,
  options: ProjectionOptions = {},
): ProjectionHandler {
  return projectionHandler(entityKind(operationsOf(stream, handlers), options.table), stream.name, options);
}
