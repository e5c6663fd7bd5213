import { expect } from 'vitest';
import type { Shop } from './shop.js';

const patience = { timeout: 30_000, interval: 200 };

/**
 * Waits until every acknowledged command is in the views, once, and nothing else; and looked again when no event is
 * left, so that none counts twice a moment later. `except` leaves out products that are parked.
 */
export async function expectViews(shop: Shop, except: readonly string[] = []): Promise<void> {
  const included = ([code]: readonly [string, unknown]): boolean => !except.includes(code);
  const wanted = {
    products: Object.fromEntries(Object.entries(shop.ledger.listing()).filter(included)),
    totals: shop.ledger.totals(),
    baskets: { ...shop.ledger.baskets(), parked: [] },
  };
  const held = async (): Promise<unknown> => {
    const [listing, totals, baskets] = await Promise.all([shop.listing(), shop.totals(), shop.baskets()]);
    const products = listing.items.map(({ productId, priceBand: _, ...rest }) => [String(productId), rest] as const);
    return {
      products: Object.fromEntries(products.filter(included)),
      totals: Object.fromEntries(
        totals.items.map(({ day, country, _total: _, ...rest }) => [`${String(day)} ${String(country)}`, rest]),
      ),
      baskets,
    };
  };
  await expect.poll(held, patience).toEqual(wanted);
  if (except.length > 0) return; // a poison event comes back now and then
  await expect.poll(() => shop.messages('BrowseProductsQueue'), patience).toBe(0);
  await expect.poll(() => shop.messages('InsightsSalesQueue'), patience).toBe(0);
  await expect.poll(() => shop.messages('InsightsBoughtTogetherQueue'), patience).toBe(0);
  expect(await held()).toEqual(wanted);
}
