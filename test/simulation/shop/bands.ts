import {
  aggregate,
  contribute,
  postgresAggregate,
  withdraw,
  type Contract,
  type ContributionOperation,
  type EventHandlers,
  type PostgresProjectionOptions,
  type ProjectionHandler,
  type ProjectionOptions,
  type Stream,
} from '../../../lambdas/cqrs/index.js';
import { priceBandOf } from '../../../examples/storefront/domain/price-band.js';
import { product } from '../../../examples/storefront/domain/product.js';

/** One view, kept in DynamoDB and in PostgreSQL. */
export interface Bands {
  readonly inItems: (options?: ProjectionOptions) => ProjectionHandler;
  readonly inRows: (options?: PostgresProjectionOptions) => ProjectionHandler;
}

/**
 * How many products lie in each price band, and what they cost together. The shop does not ask for it; the simulation
 * does, because here each new version of a stream takes back what the one before contributed.
 */
export const bands: Bands = kept(product, {
  ProductCreated: ({ data }) => within(data.price),
  PriceChanged: ({ data }) => [withdraw(), within(data.price)],
});

export function kept<C extends Contract>(stream: Stream<C>, handlers: EventHandlers<C, ContributionOperation>): Bands {
  return {
    inItems: (options) => aggregate(stream, handlers, options),
    inRows: (options) => postgresAggregate(stream, handlers, options),
  };
}

/** What a product with this price contributes. */
export function within(price: number) {
  return contribute({ band: priceBandOf(price) }, { products: 1, pence: price });
}
