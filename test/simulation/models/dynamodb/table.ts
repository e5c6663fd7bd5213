import { compared, invalid, isEqual, sizeOf, type Item } from './values.js';

export interface Keys {
  readonly partitionKey: string;
  readonly sortKey?: string;
}

/** A table as it is created. */
export interface TableOptions extends Keys {
  readonly name: string;
  readonly indexes?: readonly (Keys & { readonly name: string })[];
}

/** One change, as the table's stream tells it. */
export interface Change {
  readonly sequence: number;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
}

/** How index copies come about: `apply` is to be called once, now or later, and per item in the order of the calls. */
export type Propagation = (index: string, item: string, apply: () => void) => void;

const ITEM_LIMIT = 400 * 1024;

/** Items by partition and sort key. */
class Partitions {
  private readonly byPartition = new Map<unknown, Map<string, Item>>();

  put(partition: unknown, id: string, item: Item): void {
    let items = this.byPartition.get(partition);
    if (items === undefined) this.byPartition.set(partition, (items = new Map<string, Item>()));
    items.set(id, item);
  }

  delete(partition: unknown, id: string): void {
    this.byPartition.get(partition)?.delete(id);
  }

  get(partition: unknown, id: string): Item | undefined {
    return this.byPartition.get(partition)?.get(id);
  }

  of(partition: unknown): Item[] {
    return [...(this.byPartition.get(partition)?.values() ?? [])];
  }

  all(): Item[] {
    return [...this.byPartition.values()].flatMap((items) => [...items.values()]);
  }
}

/** A table with its indexes, which follow it when `propagation` lets them. */
export class Table {
  /** Called after each change. */
  onChange: (change: Change) => void = () => undefined;
  /** Which items it cannot hold, beside those that are too large. */
  refuses: (item: Item) => boolean = () => false;
  private readonly items = new Partitions();
  private readonly copies = new Map<string, Partitions>();
  private sequence = 0;

  constructor(
    readonly options: TableOptions,
    private readonly propagation: Propagation = (_index, _item, apply) => apply(),
  ) {
    for (const { name } of options.indexes ?? []) this.copies.set(name, new Partitions());
  }

  get name(): string {
    return this.options.name;
  }

  /** The key of an item as one text. @throws ValidationException where a part of it is missing or of no key's type. */
  idOf(item: Item): string {
    const { partitionKey, sortKey } = this.options;
    for (const name of [partitionKey, sortKey]) {
      if (name === undefined) continue;
      const value = item[name];
      if (value === undefined) throw invalid('The provided key element does not match the schema');
      if (typeof value !== 'string' && typeof value !== 'number') {
        throw invalid(`One or more parameter values were invalid: Type mismatch for key ${name}`);
      }
      if (value === '') {
        throw invalid(
          `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: ${name}`,
        );
      }
    }
    return JSON.stringify([item[partitionKey], sortKey === undefined ? null : item[sortKey]]);
  }

  get(key: Item): Item | undefined {
    return this.items.get(key[this.options.partitionKey], this.idOf(key));
  }

  /** Puts an item, or takes away the one with this key. */
  write(key: Item, after: Item | undefined): void {
    const { partitionKey, indexes = [] } = this.options;
    const id = this.idOf(key);
    const before = this.get(key);
    if (after !== undefined) this.checkItem(after);
    if (after === undefined) this.items.delete(key[partitionKey], id);
    else this.items.put(key[partitionKey], id, after);
    for (const index of indexes) this.copy(index, id, before, after);
    // The stream does not tell of a write that changes nothing.
    if (before === undefined ? after === undefined : isEqual(before, after)) return;
    const change = { sequence: (this.sequence += 1), before, after };
    this.onChange(change);
  }

  /** All items of a partition, of the table or of an index, in the order of its keys. */
  partition(value: unknown, index?: string): Item[] {
    const partitions = index === undefined ? this.items : this.copies.get(index);
    if (partitions === undefined) throw invalid(`The table does not have the specified index: ${index}`);
    const { sortKey } = this.keysOf(index);
    const own = this.options;
    return partitions.of(value).sort((a, b) => {
      const first = sortKey === undefined ? 0 : compared(a[sortKey], b[sortKey]);
      if (first !== 0) return first;
      const second = compared(a[own.partitionKey], b[own.partitionKey]);
      return second !== 0 || own.sortKey === undefined ? second : compared(a[own.sortKey], b[own.sortKey]);
    });
  }

  all(): Item[] {
    return this.items.all();
  }

  /** The keys of the table, or of an index. */
  keysOf(index?: string): Keys {
    if (index === undefined) return this.options;
    const found = this.options.indexes?.find(({ name }) => name === index);
    if (found === undefined) throw invalid(`The table does not have the specified index: ${index}`);
    return found;
  }

  /** How many index entries a write changes: a new key takes two. */
  indexWrites(before: Item | undefined, after: Item | undefined): number {
    return (this.options.indexes ?? []).reduce((sum, index) => {
      const [old, now] = [entryOf(index, before), entryOf(index, after)];
      if (old === undefined && now === undefined) return sum;
      if (old === undefined || now === undefined) return sum + 1;
      return sum + (JSON.stringify(old) === JSON.stringify(now) ? 1 : 2);
    }, 0);
  }

  private copy(index: Keys & { name: string }, id: string, before: Item | undefined, after: Item | undefined): void {
    const [old, now] = [entryOf(index, before), entryOf(index, after)];
    if (old === undefined && now === undefined) return;
    const copies = this.copies.get(index.name)!;
    this.propagation(index.name, id, () => {
      if (old !== undefined) copies.delete(old[0], id);
      if (now !== undefined && after !== undefined) copies.put(now[0], id, after);
    });
  }

  /** @throws ValidationException for what a table or an index cannot hold. */
  checkItem(item: Item): void {
    const size = sizeOf(item);
    if (size > ITEM_LIMIT || this.refuses(item)) throw invalid('Item size has exceeded the maximum allowed size');
    for (const { partitionKey, sortKey } of this.options.indexes ?? []) {
      for (const name of [partitionKey, sortKey]) {
        const value = name === undefined ? undefined : item[name];
        if (value === '' || (value !== undefined && typeof value !== 'string' && typeof value !== 'number')) {
          throw invalid(`One or more parameter values were invalid: Type mismatch for Index Key ${name}`);
        }
      }
    }
  }
}

/** The keys of an item in an index; undefined: it is not in it. */
function entryOf({ partitionKey, sortKey }: Keys, item: Item | undefined): [unknown, unknown] | undefined {
  const partition = item?.[partitionKey];
  const sort = sortKey === undefined ? null : item?.[sortKey];
  return partition === undefined || sort === undefined ? undefined : [partition, sort];
}
