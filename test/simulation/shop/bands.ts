import { aggregate, contribute, withdraw, type ProjectionOptions } from '../../../lambdas/cqrs/index.js';
import { priceBandOf } from '../../../examples/storefront/domain/price-band.js';
import { product } from '../../../examples/storefront/domain/product.js';

/**
 * How many products lie in each price band, and what they cost together. The shop does not ask for it; the simulation
 * does, because here each new version of a stream takes back what the one before contributed.
 */
export const bands = (options?: ProjectionOptions) =>
  aggregate(
    product,
    {
      ProductCreated: ({ data }) => within(data.price),
      PriceChanged: ({ data }) => [withdraw(), within(data.price)],
    },
    options,
  );

/** What a product with this price contributes. */
export function within(price: number) {
  return contribute({ band: priceBandOf(price) }, { products: 1, pence: price });
}
