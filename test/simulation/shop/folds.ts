import { storefront, type Contribution, type Fold } from '../../support/checker/index.js';

/** Where the newest price of a product lies, and what it is. */
export const bandsFold: Fold = {
  kind: 'totals',
  contributions: (events) => {
    const price = (events.at(-1)?.data as { price?: number } | undefined)?.price;
    return price === undefined ? [] : [{ key: storefront.bandOf(price), measures: { products: 1, pence: price } }];
  },
};

/** What is left of each line of a known customer's sale: what was sold less what came back. */
export const lotsFold: Fold = {
  kind: 'totals',
  contributions: (events, id) =>
    events.flatMap(({ type, data }) => {
      const { customer, lines } = data as { customer: string | null; lines: readonly Line[] };
      if (customer === null) return [];
      if (type === 'SaleRegistered') {
        return lines.map(({ units }, index) => ({ key: `${id}:${index + 1}`, measures: { left: units } }));
      }
      const matches = lines.flatMap(({ matched = [] }) => matched);
      return matches.map(({ sale, line, units }) => ({ key: `${sale}:${line}`, measures: { left: -units } }));
    }),
};

interface Line {
  readonly product: string;
  readonly units: number;
  readonly matched?: readonly { readonly sale: string; readonly line: number; readonly units: number }[];
}

/** In how many baskets two products lay together, and how many baskets there were; a return takes nothing out. */
export const basketsFold: Fold = {
  kind: 'totals',
  contributions: (events) =>
    events.flatMap(({ type, data }): Contribution[] => {
      if (type !== 'SaleRegistered') return [];
      const codes = (data as { lines: readonly Line[] }).lines.map(({ product }) => product);
      const products = codes.filter((code, index) => codes.indexOf(code) === index);
      if (products.length > 50) return [{ key: '*|*', measures: { skipped: 1 } }];
      const pairs = products.flatMap((one) => products.map((other) => [one, other] as const));
      const together = pairs.filter(([one, other]) => one !== other).map(([one, other]) => `${one}|${other}`);
      return ['*|*', ...together].map((key) => ({ key, measures: { baskets: 1 } }));
    }),
};

/** The letters that were sent about a product, in the order of its events. */
export const lettersFold: Fold = {
  kind: 'entity',
  apply: (before, { data }) => {
    const { price, description } = data as { price: number; description?: string };
    const letters = (before?.['letters'] ?? []) as readonly unknown[];
    return { letters: [...letters, { price, ...(description === undefined ? {} : { description }) }] };
  },
};
