import { projection, put, set, type ProjectionOptions } from 'cdk-database-patterns-lambda/cqrs';
import { product } from '../product.js';

/** A view of products, kept by the kit. */
export const listing = (options?: ProjectionOptions) =>
  projection(
    product,
    {
      ProductCreated: ({ data }) => put(data),
      PriceChanged: ({ data }) => set(data),
    },
    options,
  );

export const handler = listing();
