import type { Table } from '../models/dynamodb/table.js';
import type { Item } from '../models/dynamodb/values.js';
import type { View } from './plan.js';
import type { Shop } from './shop.js';

interface Record {
  readonly live?: number;
  readonly next?: number;
  readonly beside?: { readonly generation: number };
  readonly job?: { readonly state: string };
}

/** What a view's table holds, as it is documented: each generation after the first has `_g<n>#` before its keys. */
export class Generations {
  /** Those of a view that can be rebuilt. */
  static of({ tables: { listing, totals, bands } }: Shop, view: View): Generations {
    return new Generations({ 'browse-listing': listing, 'insights-totals': totals, 'insights-bands': bands }[view]);
  }

  private readonly record: Record;

  constructor(private readonly table: Table) {
    const { partitionKey } = table.options;
    const item = table.all().find((one) => one[partitionKey] === '_generation');
    this.record = item?.['_generation'] ?? {};
  }

  /** The items of the generation that readers see, their keys as they were. */
  get live(): Item[] {
    return this.itemsOf(this.record.live ?? 1);
  }

  /** Whether a rebuild is neither done nor given up. */
  get isUnfinished(): boolean {
    return this.record.job !== undefined && this.record.job.state !== 'done';
  }

  /** How many items belong to no generation that there is. */
  get leftovers(): number {
    const kept = [this.record.live ?? 1, this.record.beside?.generation];
    return this.table.all().filter((item) => {
      const generation = this.generationOf(item);
      return generation !== undefined && !kept.includes(generation);
    }).length;
  }

  private itemsOf(generation: number): Item[] {
    const { partitionKey, indexes = [] } = this.table.options;
    const names = [partitionKey, ...indexes.map((index) => index.partitionKey)];
    const prefix = generation === 1 ? '' : `_g${generation}#`;
    return this.table
      .all()
      .filter((item) => this.generationOf(item) === generation)
      .map((item) =>
        Object.fromEntries(
          Object.entries(item).map(([name, value]) => [
            name,
            names.includes(name) && typeof value === 'string' ? value.slice(prefix.length) : value,
          ]),
        ),
      );
  }

  private generationOf(item: Item): number | undefined {
    const key = String(item[this.table.options.partitionKey]);
    if (key === '_generation') return undefined;
    return Number(/^_g(\d+)#/.exec(key)?.[1] ?? 1);
  }
}
