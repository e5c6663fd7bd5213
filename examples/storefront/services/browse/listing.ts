import { projection, put, set, type ProjectionOptions } from 'cdk-database-patterns-lambda/cqrs';
import { priceBandOf } from '../../domain/price-band.js';
import { product } from '../../domain/product.js';

/** One item per product, with the keys of both indexes. */
export const listing = (options?: ProjectionOptions) =>
  projection(
    product,
    {
      ProductCreated: ({ data }) => put({ ...data, priceBand: priceBandOf(data.price) }),
      PriceChanged: ({ data }) => set({ ...data, priceBand: priceBandOf(data.price) }),
    },
    options,
  );

export const handler = listing();
