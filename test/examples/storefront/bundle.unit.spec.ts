import { describe, expect, it } from 'vitest';
import { bundleOf } from '../../../examples/storefront/services/insights/bundle.js';

const catalog: Readonly<Record<string, number>> = { '85123A': 255, '71053': 339 };

/** What the catalog answers: what it has, in an order of its own. */
async function ask({ products }: { readonly products: readonly string[] }) {
  const known = products.filter((product) => product in catalog).sort();
  return { prices: known.map((product) => ({ product, description: 'LIGHT', price: catalog[product] ?? 0 })) };
}

describe('a bundle', () => {
  it('begins with the product, and costs what all of it costs', async () => {
    const { items, price } = await bundleOf('85123A', ['71053'], ask);
    expect(items.map(({ product }) => product)).toEqual(['85123A', '71053']);
    expect(price).toBe(594);
  });

  it('is without what the catalog does not have', async () => {
    const { items, price } = await bundleOf('71053', ['22423', '85123A'], ask);
    expect(items.map(({ product }) => product)).toEqual(['71053', '85123A']);
    expect(price).toBe(594);
  });

  it('is none where the catalog does not have the product itself', async () => {
    await expect(bundleOf('22423', ['85123A'], ask)).rejects.toMatchObject({ code: 'not-found', status: 404 });
  });
});
