import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { categoryNames, categoryOf } from '../../../examples/storefront/domain/category.js';
import { pence, pounds } from '../../../examples/storefront/domain/money.js';
import { priceBandOf, priceBands } from '../../../examples/storefront/domain/price-band.js';

describe('money', () => {
  it.each([
    ['2.55', 255],
    ['3.4', 340],
    ['12', 1200],
    ['-0.05', -5],
    ['1298.40', 129_840],
  ])('reads £%s as %d pence', (text, amount) => {
    expect(pence(text)).toBe(amount);
  });

  it('refuses a fraction of a penny', () => {
    expect(() => pence('0.001')).toThrow(RangeError);
  });

  it('is written for people', () => {
    expect([pounds(5), pounds(-255), pounds(123_456)]).toEqual(['£0.05', '-£2.55', '£1,234.56']);
  });
});

describe('the category of a product', () => {
  it.each([
    ['WHITE METAL LANTERN', 'lanterns'],
    ['CHINESE DRAGON PAPER LANTERNS', 'lanterns'],
    ['WHITE HANGING HEART T-LIGHT HOLDER', 'candles'],
    ['PACK OF 12 LONDON TISSUES', 'stationery'],
    ["POPPY'S PLAYHOUSE BEDROOM", 'toys'],
    ['RED DRAGONFLY HELICOPTER', 'other'],
  ])('of %s is %s', (description, category) => {
    expect(categoryOf(description)).toBe(category);
  });

  it('is one that the database of the catalog has', () => {
    const file = new URL('../../../examples/storefront/services/catalog/sql/0002_categories.sql', import.meta.url);
    const inDatabase = [...readFileSync(file, 'utf8').matchAll(/\('([a-z]+)'\)/g)].map(([, name]) => name);
    expect(inDatabase.toSorted()).toEqual([...categoryNames].toSorted());
  });
});

describe('the price band', () => {
  it('has its lower end and not its upper one', () => {
    expect([1, 99, 100, 199, 200, 1999, 2000, 100_000].map(priceBandOf)).toEqual([
      'under-1',
      'under-1',
      '1-2',
      '1-2',
      '2-5',
      '10-20',
      'from-20',
      'from-20',
    ]);
  });

  it('is one of those that have a name', () => {
    expect([50, 150, 300, 700, 1500, 9999].map(priceBandOf)).toEqual(priceBands);
  });
});
