/** A value of a key of DynamoDB, as far as this library has them. */
export type KeyValue = string | number;

/** The order of DynamoDB: numbers by their value, texts by the bytes of their UTF-8. */
export function compareKeys(a: KeyValue, b: KeyValue): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return Buffer.compare(Buffer.from(String(a), 'utf8'), Buffer.from(String(b), 'utf8'));
}

/** Whether it is a value that a key can have. */
export function isKeyValue(value: unknown): value is KeyValue {
  return (typeof value === 'string' && value !== '') || (typeof value === 'number' && Number.isFinite(value));
}

/** A sorted list: by which attribute, in which direction, and from where to where, both included. */
export interface Sorted {
  readonly sortKey?: string;
  readonly descending: boolean;
  readonly from?: KeyValue;
  readonly to?: KeyValue;
}

type Item = Readonly<Record<string, unknown>>;

/** Compares items as the list has them. Where nothing is sorted, all are equal. */
export function orderOf({ sortKey, descending }: Sorted): (a: Item, b: Item) => number {
  return (a, b) => {
    const [first, second] = sortKey === undefined ? [] : [a[sortKey], b[sortKey]];
    if (!isKeyValue(first) || !isKeyValue(second)) return 0;
    return descending ? compareKeys(second, first) : compareKeys(first, second);
  };
}

/** Whether an item has a place in the list: its sort key, if there is one, and within the list's ends. */
export function isWithin(item: Item, { sortKey, from, to }: Sorted): boolean {
  if (sortKey === undefined) return true;
  const sort = item[sortKey];
  if (!isKeyValue(sort)) return false;
  return (from === undefined || compareKeys(sort, from) >= 0) && (to === undefined || compareKeys(sort, to) <= 0);
}
