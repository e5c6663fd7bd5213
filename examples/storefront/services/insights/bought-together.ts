import { contribute, postgresAggregate, type PostgresProjectionOptions } from 'cdk-database-patterns-lambda/cqrs';
import { sale } from '../../domain/sale.js';

/** A basket with more products says little about any two of them, and would make more than 2,450 pairs. */
const LARGEST = 50;

/** The row about all baskets; no product has this code. */
const ALL = { product: '*', other: '*' };

/** What a sale contributes: its basket, and both directions of each pair of its products. */
export function basketOf(lines: readonly { readonly product: string }[]) {
  const products = [...new Set(lines.map(({ product }) => product))];
  if (products.length > LARGEST) return [contribute(ALL, { skipped: 1 })];
  const pairs = products.flatMap((product) =>
    products.filter((other) => other !== product).map((other) => contribute({ product, other }, { baskets: 1 })),
  );
  return [contribute(ALL, { baskets: 1 }), ...pairs];
}

/** How often two products were bought together. A return takes nothing out of a basket. */
export const boughtTogether = (options?: PostgresProjectionOptions) =>
  postgresAggregate(sale, { SaleRegistered: ({ data }) => basketOf(data.lines) }, options);

export const handler = boughtTogether();
