import { checked, plus, totalId, type Contribution, type ContributionOperation } from './contributions.js';

/** What a commit does to its stream's contributions, as the database takes it. */
export interface CommitChange {
  readonly version: number;
  /** Whether nothing of before counts any more. */
  readonly reset: boolean;
  /** From now on exactly this; no measures: nothing. */
  readonly set: readonly Contribution[];
  /** This much more. */
  readonly add: readonly Contribution[];
  /** The commit is passed over, and noted as such. */
  readonly pass?: true;
}

/** What a commit that was discarded does. */
export function passing(version: number): CommitChange {
  return { version, reset: false, set: [], add: [], pass: true };
}

/**
 * The operations of a commit as one change, each total once. What the stream contributed before stays in the database.
 *
 * @throws PoisonError `invalid-operation` if a measure is no whole number.
 */
export function changeOf(version: number, operations: readonly ContributionOperation[]): CommitChange {
  const totals = new Map<string, Contribution & { readonly isSet: boolean }>();
  let reset = false;
  for (const operation of operations) {
    if (operation.operation === 'withdraw') {
      totals.clear();
      reset = true;
      continue;
    }
    const { key } = operation;
    const id = totalId(key);
    const before = operation.operation === 'add' ? totals.get(id) : undefined;
    const measures = plus(before?.measures ?? {}, checked(operation.measures));
    totals.set(id, { key, measures, isSet: before?.isSet ?? operation.operation === 'contribute' });
  }
  const of = (isSet: boolean): Contribution[] =>
    [...totals.values()].filter((total) => total.isSet === isSet).map(({ key, measures }) => ({ key, measures }));
  return { version, reset, set: of(true), add: of(false).filter(({ measures }) => Object.keys(measures).length > 0) };
}
