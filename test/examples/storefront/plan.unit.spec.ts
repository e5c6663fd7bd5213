import { describe, expect, it } from 'vitest';
import { readInvoices } from '../../../examples/storefront/demo/invoices.js';
import { type Command, commandsOf, plan } from '../../../examples/storefront/demo/plan.js';
import { pricesOfDay } from '../../../examples/storefront/demo/prices.js';
import { causes, type RawRow, readRows } from '../../../examples/storefront/demo/rows.js';

const raws = readRows();
const all = plan(raws);
const commands = commandsOf(all);
const named = (name: Command['name']): Command[] => commands.filter((command) => command.name === name);

const row = (given: Partial<RawRow>): RawRow => ({
  InvoiceNo: '536365',
  StockCode: '85123A',
  Description: 'WHITE HANGING HEART T-LIGHT HOLDER',
  Quantity: '6',
  InvoiceDate: '2010-12-01 08:26:00',
  UnitPrice: '2.55',
  CustomerID: '17850.0',
  Country: 'United Kingdom',
  ...given,
});

describe('the plan of the whole file', () => {
  it('has every row, usable or by its cause', () => {
    const counts = causes.map((cause) => [cause, all.unusable.filter((row) => row.cause === cause).length]);
    expect(all.rows).toBe(42_481);
    expect(counts.filter(([, count]) => count)).toEqual([
      ['not a product', 195],
      ['no description', 125],
      ['price not positive', 148],
    ]);
  });

  it('has one command per invoice with a usable row, and counts the others', () => {
    expect(all.invoices).toBe(2025);
    expect(named('RegisterSale')).toHaveLength(1550);
    expect(named('RegisterReturn')).toHaveLength(301);
    expect(all.empty).toHaveLength(2025 - 1550 - 301);
  });

  it('creates each product once, and changes its price where the price of the day differs', () => {
    expect(named('CreateProduct')).toHaveLength(2722);
    expect(named('ChangePrice')).toHaveLength(7707);
  });

  it('sends the largest invoice as one command', () => {
    const largest = Math.max(...named('RegisterSale').map(({ data }) => (data as { lines: [] }).lines.length));
    expect(largest).toBe(674); // of 675 rows, one is postage
  });

  it('never gives two commands the same key', () => {
    expect(new Set(commands.map(({ key }) => key)).size).toBe(commands.length);
  });

  it('has a product in the catalog before its first sale', () => {
    const known = new Set<string>();
    for (const { name, id, data } of commands) {
      if (name === 'CreateProduct') known.add(id);
      if (name !== 'RegisterSale') continue;
      const unknown = (data as { lines: { product: string }[] }).lines.filter(({ product }) => !known.has(product));
      expect(unknown).toEqual([]);
    }
  });

  it('never has two commands for one entity in different lanes of a step', () => {
    for (const { lanes } of all.steps) {
      const ids = lanes.flatMap((lane) => [...new Set(lane.map(({ stream, id }) => `${stream}/${id}`))]);
      expect(new Set(ids).size).toBe(ids.length);
    }
  });

  it("keeps a customer's invoices of a day in one lane, in the order of the file", () => {
    const order = new Map(raws.map(({ InvoiceNo }, index) => [InvoiceNo, index]));
    for (const { lanes } of all.steps) {
      const customers = lanes.map((lane) => (lane[0]!.data as { customer?: string | null }).customer);
      const known = customers.filter((customer) => typeof customer === 'string');
      expect(new Set(known).size).toBe(known.length);
      for (const lane of lanes) {
        const places = lane.map(({ id }) => order.get(id) ?? 0);
        expect(places).toEqual(places.toSorted((a, b) => a - b));
      }
    }
  });
});

describe('the numbers that were counted beforehand', () => {
  const priced = raws.filter(({ UnitPrice }) => Number(UnitPrice) > 0);

  it('are 16,402 price changes where each row sets the price', () => {
    const last = new Map<string, string>();
    const changes = priced.filter(({ StockCode, UnitPrice }) => {
      const before = last.get(StockCode);
      last.set(StockCode, UnitPrice);
      return before !== undefined && before !== UnitPrice;
    });
    expect(changes).toHaveLength(16_402);
  });

  it('are 7,662 with the price of the day, where codes are taken as written and anything is a product', () => {
    const asWritten = priced
      .filter(({ InvoiceNo }) => !InvoiceNo.startsWith('C'))
      .map(({ InvoiceNo, StockCode, UnitPrice, InvoiceDate }) => ({
        number: InvoiceNo,
        cancelled: false,
        time: InvoiceDate,
        day: InvoiceDate.slice(0, 10),
        customer: null,
        country: '',
        rows: [{ product: StockCode, description: '', units: 1, price: Math.round(Number(UnitPrice) * 100) }],
      }));
    const last = new Map<string, number>();
    let changes = 0;
    for (const day of new Set(asWritten.map((invoice) => invoice.day))) {
      for (const { product, price } of pricesOfDay(asWritten.filter((invoice) => invoice.day === day))) {
        if (last.has(product) && last.get(product) !== price) changes += 1;
        last.set(product, price);
      }
    }
    expect(changes).toBe(7662);
  });
});

describe('the plan of a part', () => {
  it('takes the first invoices of the file with all of their rows', () => {
    const some = plan(raws, 100);
    expect(some.invoices).toBe(100);
    expect(some.rows).toBe(2027);
  });

  it('is the beginning of the plan of the whole file', () => {
    const some = commandsOf(plan(raws, 100));
    expect(some.filter(({ stream }) => stream === 'sale').every(({ key }) => commands.some((c) => c.key === key))).toBe(
      true,
    );
  });
});

describe('a row', () => {
  const causeOf = (given: Partial<RawRow>): string | undefined => readInvoices([row(given)]).unusable[0]?.cause;

  it.each([
    ['is usable', {}, undefined],
    ['is usable without a customer', { CustomerID: '' }, undefined],
    ['is usable with a code in lower case', { StockCode: '85123a' }, undefined],
    ['is usable as a cancellation', { InvoiceNo: 'C536379', Quantity: '-1' }, undefined],
    ['needs a number as its quantity', { Quantity: 'six' }, 'malformed'],
    ['needs a price with at most two decimals', { UnitPrice: '2.555' }, 'malformed'],
    ['needs a country', { Country: ' ' }, 'malformed'],
    ['needs a product', { StockCode: 'POST', Description: 'POSTAGE' }, 'not a product'],
    ['needs a description', { Description: ' ', UnitPrice: '0.0' }, 'no description'],
    ['needs a price above zero', { UnitPrice: '0.0' }, 'price not positive'],
    ['needs units', { Quantity: '0' }, 'quantity zero'],
    ['is no sale of less than nothing', { Quantity: '-6' }, 'negative quantity outside a cancellation'],
    ['is no cancellation of more', { InvoiceNo: 'C536379' }, 'positive quantity in a cancellation'],
  ] as const)('%s', (_, given, cause) => {
    expect(causeOf(given)).toBe(cause);
  });
});

describe('the price of a day', () => {
  const priceOf = (...prices: string[]): number | undefined => {
    const { invoices } = readInvoices(prices.map((UnitPrice, index) => row({ InvoiceNo: `53636${index}`, UnitPrice })));
    return pricesOfDay(invoices)[0]?.price;
  };

  it('is the one that most rows have', () => {
    expect(priceOf('2.95', '2.55', '2.55')).toBe(255);
  });

  it('is the earliest of equals', () => {
    expect(priceOf('2.95', '2.55', '2.55', '2.95')).toBe(295);
  });

  it('is not what a cancellation says', () => {
    const { invoices } = readInvoices([row({ InvoiceNo: 'C536379', Quantity: '-1', UnitPrice: '9.99' })]);
    expect(pricesOfDay(invoices)).toEqual([]);
  });
});
