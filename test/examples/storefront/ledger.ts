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
  readonly soldAt?: string;
  readonly returnedAt?: string;
  readonly lines: { readonly product: string; readonly units: number; readonly price: number }[];
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

  /** The totals by day and country; of returns as if none matched a sale. */
  totals(): Record<string, Fields> {
    const totals: Record<string, Record<string, number>> = {};
    for (const { name, data } of this.entries.values()) {
      if (name !== 'RegisterSale' && name !== 'RegisterReturn') continue;
      const { country, soldAt, returnedAt, lines } = data as SaleData;
      const day = (soldAt ?? returnedAt ?? '').slice(0, 10);
      const total = (totals[`${day} ${country}`] ??= {});
      const add = (measure: string, amount: number): void => {
        total[measure] = (total[measure] ?? 0) + amount;
      };
      const isSale = name === 'RegisterSale';
      add(isSale ? 'sales' : 'returns', 1);
      for (const { units, price } of lines) {
        add(isSale ? 'units' : 'unitsReturned', units);
        add(isSale ? 'revenue' : 'refunds', units * price);
      }
    }
    return totals;
  }

  /** What was bought together, in baskets of at most 50 products. */
  baskets(): { baskets: number; skipped: number; boughtTogether: Record<string, Record<string, number>> } {
    const sales = [...this.entries.values()].filter(({ name }) => name === 'RegisterSale');
    const baskets = sales.map(({ data }) => [...new Set((data as SaleData).lines.map(({ product }) => product))]);
    const counted = baskets.filter(({ length }) => length <= 50);
    const boughtTogether: Record<string, Record<string, number>> = {};
    for (const basket of counted) {
      for (const product of basket) {
        for (const other of basket) {
          if (product === other) continue;
          const others = (boughtTogether[product] ??= {});
          others[other] = (others[other] ?? 0) + 1;
        }
      }
    }
    return { baskets: counted.length, skipped: baskets.length - counted.length, boughtTogether };
  }
}
