import type * as v from 'valibot';
import type { returnedLine } from '../../domain/sale.js';
import type { lines } from '../../domain/sale-values.js';

/** The lines of an invoice as its command has them. */
export type Lines = v.InferOutput<typeof lines>;

/** A line of a return with what it matches. */
export type ReturnedLine = v.InferOutput<typeof returnedLine>;

/** What is left of one line of a sale: units that have not come back. */
export interface Lot {
  readonly product: string;
  readonly left: number;
}

/** The lots of a sale, one per line in the order of the lines, before anything comes back. */
export function newLots(lines: Lines): Lot[] {
  return lines.map(({ product, units }) => ({ product, left: units }));
}

/** The partition with the lots of a customer's sales. */
export function lotsOf(customer: string): string {
  return `customer#${customer}`;
}

/** The key of a sale's lots: a customer's sales lie in the order of their times, then of their numbers. */
export function lotsKey(soldAt: string, sale: string): string {
  return `${soldAt}/${sale}`;
}

/** No sale up to this time has a key after this one. */
export function lastLotsKey(time: string): string {
  return lotsKey(time, '999999');
}

/** The number of the sale whose lots have this key. */
export function saleOf(key: string): string {
  return key.slice(key.indexOf('/') + 1);
}
