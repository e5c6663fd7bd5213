import { describe, expect, it } from 'vitest';
import { lastLotsKey, type Lot, lotsKey, newLots, saleOf } from '../../../examples/storefront/services/sales/lots.js';
import { matchReturn } from '../../../examples/storefront/services/sales/matching.js';

const line = (product: string, units: number) => ({ product, units, price: 255 });
const lot = (product: string, left: number): Lot => ({ product, left });

/** A sale with what is left of each of its lines. */
const sold = (soldAt: string, sale: string, ...data: Lot[]) => ({ key: lotsKey(soldAt, sale), data });

/** Only the matches: line of the return, sale, its line, units; and the units left over per line. */
function matches(lines: ReturnType<typeof line>[], sales: ReturnType<typeof sold>[]) {
  const returned = matchReturn(lines, sales).lines;
  return {
    matched: returned.flatMap(({ matched }, index) =>
      matched.map(({ sale, line, units }) => [index + 1, sale, line, units]),
    ),
    unmatched: returned.map(({ unmatched }) => unmatched),
  };
}

describe('the lots of a sale', () => {
  it('are one per line, with all of its units', () => {
    expect(newLots([line('85123A', 6), line('71053', 2), line('85123A', 1)])).toEqual([
      lot('85123A', 6),
      lot('71053', 2),
      lot('85123A', 1),
    ]);
  });

  it('lie in the order of the times of the sales, then of their numbers', () => {
    const keys = [
      lotsKey('2010-12-01T08:26:00', '536365'),
      lotsKey('2010-12-01T08:26:00', '536366'),
      lotsKey('2010-12-01T08:28:00', '536360'),
      lotsKey('2010-12-02T00:00:00', '536300'),
    ];
    expect(keys.toSorted()).toEqual(keys);
  });

  it('say whose they are', () => {
    expect(saleOf(lotsKey('2010-12-01T08:26:00', '536365'))).toBe('536365');
  });

  it('are up to a time where they were sold at that very time, and not a second later', () => {
    const last = lastLotsKey('2010-12-01T08:26:00');
    expect(lotsKey('2010-12-01T08:26:00', '999999') <= last).toBe(true);
    expect(lotsKey('2010-12-01T08:26:01', '000000') <= last).toBe(false);
  });
});

describe('a return', () => {
  it('goes back to the latest sale first, and over to the one before', () => {
    const sales = [
      sold('2010-12-03T10:00:00', '536500', lot('85123A', 2)),
      sold('2010-12-02T10:00:00', '536400', lot('85123A', 3)),
      sold('2010-12-01T10:00:00', '536300', lot('85123A', 6)),
    ];
    expect(matches([line('85123A', 6)], sales)).toEqual({
      matched: [
        [1, '536500', 1, 2],
        [1, '536400', 1, 3],
        [1, '536300', 1, 1],
      ],
      unmatched: [0],
    });
  });

  it('goes back to the last line of a sale first', () => {
    const sales = [sold('2010-12-01T10:00:00', '536300', lot('85123A', 6), lot('71053', 9), lot('85123A', 1))];
    expect(matches([line('85123A', 2)], sales).matched).toEqual([
      [1, '536300', 3, 1],
      [1, '536300', 1, 1],
    ]);
  });

  it('shares what is left among its lines of one product, the first line first', () => {
    const sales = [
      sold('2010-12-02T10:00:00', '536400', lot('85123A', 3)),
      sold('2010-12-01T10:00:00', '536300', lot('85123A', 2)),
    ];
    expect(matches([line('85123A', 2), line('71053', 1), line('85123A', 2), line('85123A', 4)], sales)).toEqual({
      matched: [
        [1, '536400', 1, 2],
        [3, '536400', 1, 1],
        [3, '536300', 1, 1],
        [4, '536300', 1, 1],
      ],
      unmatched: [0, 1, 0, 3],
    });
  });

  it('finds nothing in lots that have come back already, nor in those of other products', () => {
    const sales = [sold('2010-12-01T10:00:00', '536300', lot('85123A', 0), lot('85123B', 5))];
    expect(matches([line('85123A', 2)], sales)).toEqual({ matched: [], unmatched: [2] });
  });

  it('keeps its lines as they are', () => {
    const { lines } = matchReturn([line('85123A', 2)], []);
    expect(lines).toEqual([{ product: '85123A', units: 2, price: 255, matched: [], unmatched: 2 }]);
  });

  it('changes those sales of which it takes something, and takes nothing twice', () => {
    const sales = [
      sold('2010-12-03T10:00:00', '536500', lot('71053', 2)),
      sold('2010-12-02T10:00:00', '536400', lot('85123A', 3), lot('71053', 1)),
      sold('2010-12-01T10:00:00', '536300', lot('85123A', 6)),
    ];
    const first = matchReturn([line('85123A', 4)], sales);
    expect(first.changed.map(({ sold, lots }) => [saleOf(sold.key), lots])).toEqual([
      ['536400', [lot('85123A', 0), lot('71053', 1)]],
      ['536300', [lot('85123A', 5)]],
    ]);

    const after = sales.map((sale) => ({
      ...sale,
      data: first.changed.find(({ sold }) => sold === sale)?.lots ?? sale.data,
    }));
    expect(matches([line('85123A', 4)], after).matched).toEqual([[1, '536300', 1, 4]]);
  });

  it('leaves the sales that it was given as they were', () => {
    const sales = [sold('2010-12-01T10:00:00', '536300', lot('85123A', 6))];
    matchReturn([line('85123A', 4)], sales);
    expect(sales[0]?.data).toEqual([lot('85123A', 6)]);
  });
});
