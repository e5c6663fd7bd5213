import { type Invoice, readInvoices, type Unusable } from './invoices.js';
import { pricesOfDay } from './prices.js';
import type { RawRow } from './rows.js';

/** One command for the HTTP API. */
export interface Command {
  /** Its id: the same each time the file is read, so that the demo can be run again over the same data. */
  readonly key: string;
  readonly stream: 'product' | 'sale';
  readonly id: string;
  readonly name: 'CreateProduct' | 'ChangePrice' | 'RegisterSale' | 'RegisterReturn';
  readonly data: unknown;
}

/** Lanes run side by side, the commands of a lane one after the other; a step begins when the last one has ended. */
export interface Step {
  readonly title: string;
  readonly lanes: Command[][];
}

/** What to send, in which order. */
export interface Plan {
  readonly steps: Step[];
  readonly invoices: number;
  readonly rows: number;
  readonly unusable: Unusable[];
  /** Numbers of the invoices without any usable row. */
  readonly empty: string[];
}

/**
 * Plans the commands for the first `limit` invoices: each day first what the catalog has to know, then the invoices, a
 * customer's one after the other.
 */
export function plan(raws: readonly RawRow[], limit = Infinity): Plan {
  const { invoices, unusable, rows } = readInvoices(raws, limit);
  const usable = invoices.filter((invoice) => invoice.rows.length > 0);
  const prices = new Map<string, number>();
  const steps = [...groupBy(usable, ({ day }) => day)].flatMap(([day, ofDay]) => [
    { title: `${day} products and prices`, lanes: productCommands(day, ofDay, prices).map((command) => [command]) },
    { title: `${day} invoices`, lanes: invoiceLanes(ofDay) },
  ]);
  return {
    steps: steps.filter(({ lanes }) => lanes.length > 0),
    invoices: invoices.length,
    rows,
    unusable,
    empty: invoices.filter((invoice) => invoice.rows.length === 0).map(({ number }) => number),
  };
}

/** All commands of a plan, in its order. */
export function commandsOf({ steps }: Pick<Plan, 'steps'>): Command[] {
  return steps.flatMap(({ lanes }) => lanes.flat());
}

function productCommands(day: string, invoices: readonly Invoice[], prices: Map<string, number>): Command[] {
  return pricesOfDay(invoices).flatMap(({ product, description, price }): Command[] => {
    const before = prices.get(product);
    prices.set(product, price);
    const base = { stream: 'product', id: product } as const;
    if (before === undefined) {
      return [{ ...base, key: `create-${product}`, name: 'CreateProduct', data: { description, price, since: day } }];
    }
    if (before === price) return [];
    return [{ ...base, key: `price-${product}-${day}`, name: 'ChangePrice', data: { price, since: day } }];
  });
}

function invoiceLanes(invoices: readonly Invoice[]): Command[][] {
  const byCustomer = groupBy(invoices, ({ number, customer }) => customer ?? `unknown ${number}`);
  return [...byCustomer.values()].map((ofCustomer) => ofCustomer.map(invoiceCommand));
}

function invoiceCommand({ number, cancelled, time, customer, country, rows }: Invoice): Command {
  const lines = rows.map(({ product, units, price }) => ({ product, units, price }));
  const base = { stream: 'sale', id: number } as const;
  return cancelled
    ? { ...base, key: `return-${number}`, name: 'RegisterReturn', data: { customer, country, returnedAt: time, lines } }
    : { ...base, key: `sale-${number}`, name: 'RegisterSale', data: { customer, country, soldAt: time, lines } };
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}
