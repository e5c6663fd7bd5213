/** Upper ends of the price bands in pence, excluded; the last band has none. */
const ends = [100, 200, 500, 1000, 2000];

/** The names of the price bands, cheapest first: `under-1`, `1-2`, `2-5`, `5-10`, `10-20`, `from-20` (pounds). */
export const priceBands: readonly string[] = ['under-1', '1-2', '2-5', '5-10', '10-20', 'from-20'];

/**
 * The band of a price in pence. Prices are spread over bands, because an index over all prices would need one partition
 * for the whole catalog.
 *
 * @example
 * priceBandOf(339); // '2-5'
 */
export function priceBandOf(price: number): string {
  const index = ends.findIndex((end) => price < end);
  return priceBands[index === -1 ? priceBands.length - 1 : index]!;
}
