import type { Contribution, Fields, Fold, ObservedEvent } from './evidence.js';

interface Line {
  readonly product: string;
  readonly units: number;
  readonly price: number;
  readonly unmatched?: number;
}

interface Data extends Fields {
  readonly price?: number;
  readonly since?: string;
  readonly soldAt?: string;
  readonly returnedAt?: string;
  readonly country?: string;
  readonly lines?: readonly Line[];
}

const dataOf = (event: ObservedEvent): Data => event.data as Data;

/** The shop's products as browse lists them. */
export const listing: Fold = {
  kind: 'entity',
  apply: (before, event) => {
    const data = dataOf(event);
    const after = event.type === 'ProductCreated' ? data : { ...before, ...data };
    return { ...after, priceBand: bandOf(Number(after.price)) };
  },
};

/** The catalog's own rows: the product, and each price by its day. */
export const catalog: Fold = {
  kind: 'entity',
  apply: (before, event) => {
    const data = dataOf(event);
    const prices = { ...(before?.['prices'] as Fields | undefined), [String(data.since)]: data.price };
    return { ...before, ...data, prices };
  },
};

/** Sales and returns by day and country: `2010-12-01|France`. */
export const totals: Fold = {
  kind: 'totals',
  contributions: (events) => {
    const byKey = new Map<string, Contribution>();
    for (const event of events) {
      const { soldAt, returnedAt, country, lines = [] } = dataOf(event);
      const isSale = event.type === 'SaleRegistered';
      const key = `${String(isSale ? soldAt : returnedAt).slice(0, 10)}|${country}`;
      let [units, money, matched] = [0, 0, 0];
      for (const line of lines) {
        units += line.units;
        money += line.units * line.price;
        matched += line.units - (line.unmatched ?? 0);
      }
      const measures: Record<string, number> = isSale
        ? { sales: 1, units, revenue: money }
        : { returns: 1, unitsReturned: units, refunds: money, unitsMatched: matched };
      byKey.set(key, { key, measures });
    }
    return [...byKey.values()];
  },
};

/** The band of a price. */
export function bandOf(price: number): string {
  if (price < 100) return 'under-1';
  if (price < 200) return '1-2';
  if (price < 500) return '2-5';
  if (price < 1000) return '5-10';
  if (price < 2000) return '10-20';
  return 'from-20';
}
