import type { Invoice } from './invoices.js';

/** A product's price on one day. */
export interface DayPrice {
  readonly product: string;
  readonly description: string;
  /** Pence. */
  readonly price: number;
}

/** The price of each product that the invoices of one day sell: rule 5 of `data/README.md`. */
export function pricesOfDay(invoices: readonly Invoice[]): DayPrice[] {
  const seen = new Map<string, { description: string; counts: Map<number, number> }>();
  for (const { rows } of invoices.filter(({ cancelled }) => !cancelled)) {
    for (const { product, description, price } of rows) {
      const entry = seen.get(product) ?? { description, counts: new Map<number, number>() };
      seen.set(product, entry);
      entry.counts.set(price, (entry.counts.get(price) ?? 0) + 1);
    }
  }
  return [...seen].map(([product, { description, counts }]) => ({ product, description, price: mostFrequent(counts) }));
}

/** A map keeps the order of first sight, so that the earliest wins a tie. */
function mostFrequent(counts: ReadonlyMap<number, number>): number {
  let best = { price: 0, count: 0 };
  for (const [price, count] of counts) if (count > best.count) best = { price, count };
  return best.price;
}
