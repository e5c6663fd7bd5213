import { readFileSync } from 'node:fs';
import { safeParse } from 'valibot';
import { describe, expect, it } from 'vitest';
import { categoryNames, categoryOf } from '../../../examples/storefront/domain/category.js';
import { pence, pounds } from '../../../examples/storefront/domain/money.js';
import { priceBandOf, priceBands } from '../../../examples/storefront/domain/price-band.js';
import { code, lines, time } from '../../../examples/storefront/domain/sale-values.js';
import { amount, day } from '../../../examples/storefront/domain/values.js';

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

describe('a value', () => {
  it.each([
    ['day', day, '2010-12-01'],
    ['day', day, '2012-02-29'],
    ['time', time, '2010-12-01T08:26:00'],
    ['code', code, '85123A'],
    ['amount', amount, 255],
  ])('is allowed: the %s %#', (_, schema, value) => {
    expect(safeParse(schema, value)).toMatchObject({ success: true, output: value });
  });

  it.each([
    ['day that is not in the calendar', day, '2010-02-30'],
    ['day with a time', day, '2010-12-01T08:26:00'],
    ['day in words', day, 'yesterday'],
    ['time with a zone', time, '2010-12-02T08:26:00Z'],
    ['time without seconds', time, '2010-12-02T08:26'],
    ['time that is not on the clock', time, '2010-12-01T24:00:00'],
    ['code of postage', code, 'POST'],
    ['amount of nothing', amount, 0],
    ['fraction of a penny', amount, 2.5],
    ['number of no lines', lines, []],
  ])('is refused, without being repeated: a %s', (_, schema, value) => {
    const { issues = [] } = safeParse(schema, value);
    expect(issues).toHaveLength(1);
    for (const { message } of issues) {
      expect(message).toMatch(/^(a|allowed is) /);
      expect(message).not.toContain(String(value) || 'empty');
    }
  });
});
