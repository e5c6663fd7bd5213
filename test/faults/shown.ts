import { storefront, type Fields, type Fold, type ObservedView } from '../support/checker/index.js';
import { readTable } from './generations.js';
import { priceDays } from './price-days/price-days.js';
import type { System } from './system.js';
import { VIEWS } from './views.js';

/** The views as readers have them, and what should not be there. */
export interface Shown {
  readonly views: readonly ObservedView[];
  /** The streams that stand still. */
  readonly parked: readonly string[];
  /** What is left of generations that nobody needs, in words. */
  readonly leftovers: readonly string[];
}

/** What a view holds, by key. */
type Entries = readonly (readonly [key: string, fields: Fields])[];

/** The key of the row about all baskets. */
const ALL = '*|*';

const PRICES = `
  select code, description, category, product.price, to_char(product.since, 'YYYY-MM-DD') as since,
    json_object_agg(to_char(price.since, 'YYYY-MM-DD'), price.price) as prices
  from product join price on price.product = code group by code`;

/** Reads the views, and the catalog's own tables. */
export async function shownIn(system: System, isEarlier: (key: string) => boolean): Promise<Shown> {
  const [listing, totals, days] = await Promise.all([
    readTable(system, 'the listing'),
    readTable(system, 'the totals'),
    readTable(system, 'the price days'),
  ]);
  const rows = await system.sql('catalog', PRICES);
  const marks = await system.sql('insights', 'select stream from dbpatterns_view.parked');
  const view = (name: string, streamName: string, fold: Fold, all: Entries): ObservedView => {
    const prefix = fold.kind === 'entity' ? `${streamName}/` : '';
    const found = Object.fromEntries(all.filter(([key]) => !isEarlier(prefix + key)));
    return { name, streamName, fold, found };
  };
  const baskets = (await basketsIn(system)).filter(([key]) => key !== ALL);
  const others = listing.others + totals.others + days.others;
  const tables = await tablesBeside(system);
  return {
    views: [
      view('catalog', 'product', storefront.catalog, keyed(rows, 'code')),
      view('listing', 'product', storefront.listing, keyed(listing.items, 'productId')),
      view('totals', 'sale', storefront.totals, keyed(totals.items, 'day', 'country')),
      view('price days', 'product', priceDays, keyed(days.items, 'day')),
      view('baskets', 'sale', boughtTogether, baskets),
    ],
    parked: [...listing.parked, ...totals.parked, ...days.parked, ...marks.map(({ stream }) => String(stream))],
    leftovers: [...(others > 0 ? [`${others} items of generations that are gone`] : []), ...tables],
  };
}

/** The row about all baskets, which the runs share. */
export async function allBaskets(system: System): Promise<ObservedView> {
  const found = Object.fromEntries((await basketsIn(system)).filter(([key]) => key === ALL));
  return {
    name: 'all baskets',
    streamName: 'sale',
    found,
    fold: {
      kind: 'totals',
      contributions: (events) =>
        events.map(({ type }) => ({ key: ALL, measures: { baskets: type === 'SaleRegistered' ? 1 : 0 } })),
    },
  };
}

/** Each pair of a basket's products, both ways round. A return takes nothing out. */
const boughtTogether: Fold = {
  kind: 'totals',
  contributions: (events) =>
    events.flatMap(({ type, data }) => {
      if (type !== 'SaleRegistered') return [];
      const products = [...new Set((data as { lines: { product: string }[] }).lines.map(({ product }) => product))];
      const pairs = products.flatMap((one) => products.flatMap((other) => (one === other ? [] : `${one}|${other}`)));
      return pairs.map((key) => ({ key, measures: { baskets: 1 } }));
    }),
};

async function basketsIn(system: System): Promise<Entries> {
  const rows = await system.sql('insights', `select product, other, baskets, skipped from ${VIEWS['the baskets'].sql}`);
  const numbers = rows.map(({ baskets, skipped, ...key }) => {
    return { ...key, baskets: Number(baskets), skipped: Number(skipped) };
  });
  return keyed(numbers, 'product', 'other');
}

/** The tables of other generations of the view in PostgreSQL. */
async function tablesBeside(system: System): Promise<string[]> {
  const generations = `${VIEWS['the baskets'].sql}__g%`;
  const rows = await system.sql(
    'insights',
    `select table_name from information_schema.tables where table_name like '${generations}'`,
  );
  return rows.map(({ table_name }) => `the table ${String(table_name)}`);
}

/** Fields without their keys, and without what the kit adds. */
function keyed(all: readonly Fields[], ...keys: readonly string[]): Entries {
  return all.map((fields) => {
    const own = Object.entries(fields).filter(([name]) => !keys.includes(name) && !name.startsWith('_'));
    return [keys.map((key) => String(fields[key])).join('|'), Object.fromEntries(own)];
  });
}
