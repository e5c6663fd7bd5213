import { aggregate, contribute, withdraw } from 'cdk-database-patterns-lambda/cqrs';
import { product } from '../../../examples/storefront/domain/product.js';

/** How many products have had their price since a day, and what they cost together. */
export const handler = aggregate(product, {
  ProductCreated: ({ data }) => since(data),
  PriceChanged: ({ data }) => [withdraw(), since(data)],
});

function since({ since: day, price }: { readonly since: string; readonly price: number }) {
  return contribute({ day }, { products: 1, pence: price });
}
