import type { Table } from '../models/dynamodb/table.js';
import type { Item } from '../models/dynamodb/values.js';
import type { Engine } from '../models/postgres/engine.js';
import { SUBSCRIBER, type InItems, type Subscriber } from './names.js';
import type { View } from './plan.js';
import type { Shop } from './shop.js';

interface Record {
  readonly live?: number;
  readonly next?: number;
  readonly beside?: { readonly generation: number };
  readonly job?: { readonly state: string };
}

/** What became of the rebuilds of a view. */
export interface Rebuilt {
  /** The generation that readers see. */
  readonly shown: number;
  /** Whether a rebuild is neither done nor given up. */
  readonly isUnfinished: boolean;
  /** How much there is of generations that are none. */
  readonly leftovers: number;
}

/** What became of the rebuilds of a view, wherever it is kept. */
export async function rebuiltOf(shop: Shop, engine: Engine, view: View): Promise<Rebuilt> {
  if (isInItems(view)) {
    const { shown, isUnfinished, leftovers } = Generations.of(shop, view);
    return { shown, isUnfinished, leftovers };
  }
  const table = SUBSCRIBER[view].rows;
  const [row] = await engine.ask<{ record: string | null; tables: string[] }>(
    `select (select record from dbpatterns_view.view where name = '${table}') as record,
            array(select cast(tablename as text) from pg_tables where tablename like '${table}\\_\\_g%') as tables`,
  );
  const { live = 1, job, beside } = JSON.parse(row?.record ?? '{}') as Record;
  const kept = `${table}__g${beside?.generation}`;
  return {
    shown: live,
    isUnfinished: isUnfinished(job),
    leftovers: (row?.tables ?? []).filter((name) => name !== kept).length,
  };
}

/** Whether a subscriber's view is kept in DynamoDB. */
export function isInItems(name: Subscriber): name is InItems {
  return SUBSCRIBER[name].rows === undefined;
}

function isUnfinished(job: Record['job']): boolean {
  return job !== undefined && job.state !== 'done';
}

/** What a view's table holds, as it is documented: each generation after the first has `_g<n>#` before its keys. */
export class Generations {
  /** Those of what is kept in DynamoDB. */
  static of({ tables }: Shop, name: InItems): Generations {
    const { listing, totals, bands, letters } = tables;
    const byName = { 'browse-listing': listing, 'insights-totals': totals, 'insights-bands': bands };
    return new Generations({ ...byName, 'shop-letters': letters }[name]);
  }

  private readonly record: Record;

  constructor(private readonly table: Table) {
    const { partitionKey } = table.options;
    const item = table.all().find((one) => one[partitionKey] === '_generation');
    this.record = item?.['_generation'] ?? {};
  }

  get shown(): number {
    return this.record.live ?? 1;
  }

  /** The items of the generation that readers see, their keys as they were. */
  get live(): Item[] {
    return this.itemsOf(this.shown);
  }

  /** Whether a rebuild is neither done nor given up. */
  get isUnfinished(): boolean {
    return isUnfinished(this.record.job);
  }

  /** How many items belong to no generation that there is. */
  get leftovers(): number {
    const kept = [this.shown, this.record.beside?.generation];
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
