import { PoisonError } from './poison.js';

/** The key of a total: its table's partition key and, where there is one, its sort key. */
export type TotalKey = Readonly<Record<string, string | number>>;

/** Whole numbers by name: `{ sales: 1, revenue: 1530 }`. Count in the smallest unit: pence, not pounds. */
export type Measures = Readonly<Record<string, number>>;

/** What one event does to its stream's contributions: made by `contribute`, `add` or `withdraw`. */
export type ContributionOperation =
  | { readonly operation: 'contribute'; readonly key: TotalKey; readonly measures: Measures }
  | { readonly operation: 'add'; readonly key: TotalKey; readonly measures: Measures }
  | { readonly operation: 'withdraw' };

/** What a stream has contributed: per total its measures. */
export type Contributions = ReadonlyMap<string, Contribution>;

/** What a stream has contributed to one total. */
export interface Contribution {
  readonly key: TotalKey;
  readonly measures: Measures;
}

/** What a stream contributes after these operations. */
export function contributionsAfter(
  before: Contributions,
  operations: readonly ContributionOperation[],
): Map<string, Contribution> {
  const after = new Map(before);
  for (const operation of operations) {
    if (operation.operation === 'withdraw') {
      after.clear();
      continue;
    }
    const { key, measures } = operation;
    const id = totalId(key);
    const base = operation.operation === 'add' ? (after.get(id)?.measures ?? {}) : {};
    const sum = plus(base, checked(measures));
    if (Object.keys(sum).length === 0) after.delete(id);
    else after.set(id, { key, measures: sum });
  }
  return after;
}

/** By how much totals move when a stream's contributions change; totals that stay are left out. */
export function movements(before: Contributions, after: Contributions): Map<string, Contribution> {
  const moved = new Map<string, Contribution>();
  for (const id of new Set([...before.keys(), ...after.keys()])) {
    const [old, now] = [before.get(id), after.get(id)];
    const key = (now ?? old)?.key;
    const measures = plus(now?.measures ?? {}, negative(old?.measures ?? {}));
    if (key !== undefined && Object.keys(measures).length > 0) moved.set(id, { key, measures });
  }
  return moved;
}

/** The sum of two sets of measures, without those that come to zero. */
export function plus(a: Measures, b: Measures): Measures {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  const sums = names.map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)] as const);
  return Object.fromEntries(sums.filter(([, sum]) => sum !== 0));
}

/** One text per total, whatever the order of its key's attributes. */
export function totalId(key: TotalKey): string {
  return JSON.stringify(Object.entries(key).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function negative(measures: Measures): Measures {
  return Object.fromEntries(Object.entries(measures).map(([name, value]) => [name, -value]));
}

/** @throws PoisonError `invalid-operation` if a measure is no whole number. */
export function checked(measures: Measures): Measures {
  for (const [name, value] of Object.entries(measures)) {
    if (!Number.isSafeInteger(value)) {
      throw new PoisonError(
        'invalid-operation',
        `measure '${name}' is not a whole number: count in the smallest unit, such as pence`,
      );
    }
  }
  return measures;
}
