import { categoryOf } from '../../../examples/storefront/domain/category.js';

/** A command that was acknowledged. */
export interface Entry {
  readonly id: string;
  readonly name: string;
  readonly key: string;
  readonly data: unknown;
}

interface ProductData {
  readonly description: string;
  readonly price: number;
  readonly since: string;
}

interface SaleData {
  readonly country: string;
  readonly soldAt: string;
  readonly lines: { readonly units: number; readonly price: number }[];
}

/** What a listed product or a total has to be. */
export type Fields = Record<string, unknown>;

/** Every acknowledged command, once: what the views have to show, and nothing else. */
export class Ledger {
  private readonly entries = new Map<string, Entry>();
  private readonly now = new Map<string, Fields>();

  /** Notes an acknowledged command; a repeat has the key of the first. */
  note(entry: Entry): void {
    if (!this.entries.has(entry.key)) this.entries.set(entry.key, entry);
  }

  /** Says which of several commands at the same time was the last: the one with the highest version. */
  isNow(id: string, data: Fields): void {
    this.now.set(id, data);
  }

  /** The products by their codes. */
  listing(): Record<string, Fields> {
    const products: Record<string, Fields> = {};
    for (const { id, name, data } of this.entries.values()) {
      const given = data as ProductData;
      const version = Number(products[id]?.['_version'] ?? 0) + 1;
      if (name === 'CreateProduct') {
        products[id] = { ...given, category: categoryOf(given.description), _version: version };
      }
      if (name === 'ChangePrice') products[id] = { ...products[id], ...given, _version: version };
    }
    for (const [id, data] of this.now) products[id] = { ...products[id], ...data };
    return products;
  }

  /** The totals by day and country. */
  totals(): Record<string, Fields> {
    const totals: Record<string, { sales: number; units: number; revenue: number }> = {};
    for (const { name, data } of this.entries.values()) {
      if (name !== 'RegisterSale') continue;
      const { country, soldAt, lines } = data as SaleData;
      const total = (totals[`${soldAt.slice(0, 10)} ${country}`] ??= { sales: 0, units: 0, revenue: 0 });
      total.sales += 1;
      for (const { units, price } of lines) {
        total.units += units;
        total.revenue += units * price;
      }
    }
    return totals;
  }
}
