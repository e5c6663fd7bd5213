import { projection, put, set } from 'cdk-database-patterns-lambda/cqrs';
import { priceBandOf } from '../../domain/price-band.js';
import { product } from '../../domain/product.js';

/** One item per product, with the keys of both indexes. */
export const handler = projection(product, {
  ProductCreated: ({ data }) => put({ ...data, priceBand: priceBandOf(data.price) }),
  PriceChanged: ({ data }) => set({ ...data, priceBand: priceBandOf(data.price) }),
});
