/** Each band but the last with its upper end in pence, which is not in it. */
const ends = { 'under-1': 100, '1-2': 200, '2-5': 500, '5-10': 1000, '10-20': 2000 };
const last = 'from-20';

/** The names of the price bands, cheapest first: `under-1`, `1-2`, `2-5`, `5-10`, `10-20`, `from-20` (pounds). */
export const priceBands: readonly string[] = [...Object.keys(ends), last];

/**
 * The band of a price in pence. Prices are spread over bands, because an index over all prices would need one partition
 * for the whole catalog.
 *
 * @example
 * priceBandOf(339); // '2-5'
 */
export function priceBandOf(price: number): string {
  return Object.entries(ends).find(([, end]) => price < end)?.[0] ?? last;
}
