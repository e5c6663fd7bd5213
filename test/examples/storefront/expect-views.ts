import { expect } from 'vitest';
import type { Shop } from './shop.js';

/** Waits until every acknowledged command is in the views, once, and nothing else. `except` leaves out products. */
export async function expectViews(shop: Shop, except: readonly string[] = []): Promise<void> {
  const included = ([code]: [string, unknown]): boolean => !except.includes(code);
  await expect
    .poll(
      async () => {
        const [listing, totals] = await Promise.all([shop.listing(), shop.totals()]);
        const products = listing.items.map(
          ({ productId, priceBand: _, ...rest }) => [String(productId), rest] as const,
        );
        return {
          products: Object.fromEntries(
            products.map(([code, rest]) => [code, rest] as [string, unknown]).filter(included),
          ),
          totals: Object.fromEntries(
            totals.items.map(({ day, country, ...rest }) => [`${String(day)} ${String(country)}`, rest]),
          ),
        };
      },
      { timeout: 30_000, interval: 200 },
    )
    .toEqual({
      products: Object.fromEntries(Object.entries(shop.ledger.listing()).filter(included)),
      totals: shop.ledger.totals(),
    });
}
