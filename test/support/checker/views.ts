import type { Evidence, Fields, ObservedView, Violation } from './evidence.js';
import { contributionLife, entityLife, streamsOf } from './lives.js';
import { canonical, idOf } from './plain.js';

/** Each view is exactly what the log makes it. */
export function viewViolations(evidence: Evidence): Violation[] {
  return evidence.views.flatMap((view) => {
    const wanted = view.fold.kind === 'entity' ? entitiesOf(evidence, view) : totalsOf(evidence, view);
    return differences(view, wanted);
  });
}

function entitiesOf(evidence: Evidence, view: ObservedView): Map<string, Fields> {
  const entities = new Map<string, Fields>();
  for (const [stream, commits] of streamsOf(evidence, view)) {
    const state = entityLife(view, commits).at(-1);
    if (state !== undefined) entities.set(idOf(stream), state);
  }
  return entities;
}

function totalsOf(evidence: Evidence, view: ObservedView): Map<string, Fields> {
  const totals = new Map<string, Record<string, number>>();
  for (const commits of streamsOf(evidence, view).values()) {
    for (const { key, measures } of contributionLife(view, commits).at(-1) ?? []) {
      const total = totals.get(key) ?? {};
      for (const [name, value] of Object.entries(measures)) total[name] = (total[name] ?? 0) + value;
      totals.set(key, total);
    }
  }
  return new Map([...totals].map(([key, total]) => [key, withoutZeros(total)]));
}

function differences(view: ObservedView, wanted: ReadonlyMap<string, Fields>): Violation[] {
  const isTotals = view.fold.kind === 'totals';
  const found = new Map(Object.entries(view.found).map(([key, has]) => [key, isTotals ? withoutZeros(has) : has]));
  const keys = [...new Set([...wanted.keys(), ...found.keys()])].sort();
  return keys.flatMap((key) => {
    const [has, should] = [
      found.get(key) ?? (isTotals ? {} : undefined),
      wanted.get(key) ?? (isTotals ? {} : undefined),
    ];
    if (canonical(has) === canonical(should)) return [];
    const message = `${view.name} holds ${shown(has)} for ${key}, the log makes it ${shown(should)}`;
    return [{ rule: 'differs', subject: view.name, message }] as const;
  });
}

/** A total that has come to nothing and one that never was are the same. */
export function withoutZeros(total: Fields): Fields {
  return Object.fromEntries(Object.entries(total).filter(([, value]) => value !== 0));
}

export function shown(fields: Fields | undefined): string {
  return fields === undefined ? 'nothing' : canonical(fields);
}
