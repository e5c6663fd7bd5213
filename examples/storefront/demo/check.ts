import type { Baskets } from './baskets.js';
import { differences } from './differences.js';
import type { Expected, ExpectedTotal } from './expected.js';
import type { Plan } from './plan.js';
import { countByCause } from './unusable.js';
import { byKey, type View } from './views.js';
import type { CatalogModel, SalesModel } from './write-model.js';

/** All that the shop holds after the orders. */
export interface Held {
  readonly catalog: CatalogModel;
  readonly sales: SalesModel;
  readonly listing: View;
  /** The listing as its indexes have it. */
  readonly byCategory: View;
  readonly byPrice: View;
  readonly totals: View;
  readonly baskets: Baskets;
}

const measures = ['sales', 'units', 'revenue', 'returns', 'unitsReturned', 'refunds', 'unitsMatched'] as const;
const listed = ['description', 'category', 'price', 'since', '_version'];

/** Where the shop differs from the calculation; empty if nowhere. */
export function check(held: Held, expected: Expected): string[] {
  const { products, sales, returns, lines, matches, unmatchedUnits, lots, totals } = expected;
  const { boughtTogether, baskets, basketsSkipped: skipped } = expected;
  const views = Object.entries(products).map(([code, { description, category, prices }]) => {
    const [since, price] = prices.at(-1) ?? [];
    return [code, { description, category, price, since, _version: prices.length }] as const;
  });
  const listing = Object.fromEntries(views);
  const code = (item: Record<string, unknown>): string => String(item['productId']);
  return [
    ...differences('catalog', held.catalog, { products }),
    ...differences('sales', held.sales, { sales, returns, lines, matches, unmatchedUnits, lots }),
    ...differences('listing', byKey(held.listing.items, code, listed), listing),
    ...differences('listing by category', byKey(held.byCategory.items, code, listed), listing),
    ...differences('listing by price', byKey(held.byPrice.items, code, listed), listing),
    ...differences('totals', byKey(held.totals.items, dayAndCountry, measures), byDayAndCountry(totals)),
    ...differences('baskets', held.baskets, { boughtTogether, baskets, skipped, parked: [] }),
    ...[...held.listing.parked, ...held.totals.parked].map((stream) => `parked: ${stream}`),
  ];
}

/** Where the demo read the file differently than the calculation. */
export function checkInput({ invoices, rows, unusable, empty }: Plan, expected: Expected): string[] {
  const read = { invoices, rows, unusable: Object.fromEntries(countByCause(unusable)), empty: empty.toSorted() };
  return differences('input', read, {
    invoices: expected.invoices,
    rows: expected.rows,
    unusable: expected.unusable,
    empty: expected.empty,
  });
}

function dayAndCountry(item: Record<string, unknown>): string {
  return `${String(item['day'])} ${String(item['country'])}`;
}

function byDayAndCountry(totals: readonly ExpectedTotal[]): Record<string, unknown> {
  return Object.fromEntries(
    totals.map((total) => [
      dayAndCountry({ ...total }),
      Object.fromEntries(measures.map((name) => [name, total[name]])),
    ]),
  );
}
