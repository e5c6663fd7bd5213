import { describe, expect, it } from 'vitest';
import { basketOf } from '../../../examples/storefront/services/insights/bought-together.js';
import { contribute } from '../../../lambdas/cqrs/index.js';

const lines = (...products: string[]) => products.map((product) => ({ product }));
const many = (count: number) => lines(...Array.from({ length: count }, (_, index) => String(10_000 + index)));
const all = { product: '*', other: '*' };

describe('a basket', () => {
  it('counts each two of its products, in both directions, however many lines they have', () => {
    expect(basketOf(lines('A', 'B', 'A', 'C'))).toEqual([
      contribute(all, { baskets: 1 }),
      contribute({ product: 'A', other: 'B' }, { baskets: 1 }),
      contribute({ product: 'A', other: 'C' }, { baskets: 1 }),
      contribute({ product: 'B', other: 'A' }, { baskets: 1 }),
      contribute({ product: 'B', other: 'C' }, { baskets: 1 }),
      contribute({ product: 'C', other: 'A' }, { baskets: 1 }),
      contribute({ product: 'C', other: 'B' }, { baskets: 1 }),
    ]);
  });

  it('of one product is counted all the same', () => {
    expect(basketOf(lines('A', 'A'))).toEqual([contribute(all, { baskets: 1 })]);
  });

  it('of 50 products is counted', () => {
    expect(basketOf([...many(50), ...many(50)])).toHaveLength(1 + 50 * 49);
  });

  it('of 51 products is skipped, and counted as such', () => {
    expect(basketOf(many(51))).toEqual([contribute(all, { skipped: 1 })]);
  });
});
