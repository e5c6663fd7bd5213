/** The item that holds the record of a table's generations. It belongs to none of them. */
export const GENERATION_ITEM = '_generation';

const PREFIX = /^_g\d+#/;

type Item = Readonly<Record<string, unknown>>;

interface Keyed {
  readonly partitionKey: string;
  readonly indexes: readonly { readonly partitionKey: string }[];
}

/**
 * The keys of one generation in a table that holds several. The first generation has the keys as they are; in a later
 * one each value of a partition key, the table's and its indexes', begins with `_g<n>#`. Nothing else is changed, and a
 * sort key that is also a partition key elsewhere keeps its order, since all values of it have the same beginning.
 */
export class GenerationKeys {
  private readonly prefix: string;
  private readonly names: ReadonlySet<string>;

  constructor(
    { partitionKey, indexes }: Keyed,
    readonly generation: number,
  ) {
    this.prefix = prefixOf(generation);
    this.names = new Set([partitionKey, ...indexes.map((index) => index.partitionKey)]);
  }

  /** The stored value of an attribute. */
  encode<T>(name: string, value: T): T | string {
    return this.names.has(name) && typeof value === 'string' ? this.prefix + value : value;
  }

  /** The item, the key, or the fields as they are stored. A key that is empty stays so: no generation can hold it. */
  encodeItem<T extends Item>(item: T): T {
    return this.mapped(item, (value) => (value === '' ? value : this.prefix + value));
  }

  /** The item as it was before it was stored. */
  decodeItem<T extends Item>(item: T): T {
    return this.mapped(item, (value) => (value.startsWith(this.prefix) ? value.slice(this.prefix.length) : value));
  }

  private mapped<T extends Item>(item: T, change: (value: string) => string): T {
    if (this.prefix === '') return item;
    const changed = Object.entries(item).map(([name, value]) => [
      name,
      this.names.has(name) && typeof value === 'string' ? change(value) : value,
    ]);
    return Object.fromEntries(changed) as T;
  }
}

/** What the partition keys of a generation begin with. */
export function prefixOf(generation: number): string {
  return generation === 1 ? '' : `_g${generation}#`;
}

/** Whether a partition key's value is one of a later generation, or of an item about generations. */
export function isGenerationKey(value: string): boolean {
  return value === GENERATION_ITEM || value.startsWith(`${GENERATION_ITEM}#`) || PREFIX.test(value);
}
