import { RESUMED, STOPPED } from './rebuild.js';
import type { Fault, Schedule, Strikes } from './schedule.js';

/** A schedule that was run, and what each of its faults struck. */
export interface Struck {
  readonly schedule: Schedule;
  readonly strikes: readonly Strikes[];
}

type Rebuilt = Extract<Fault, { kind: 'view rebuilt' }>;

/** What a fault counts as: a line is cut in several ways, and towards AWS or the Data API. */
export function kindsOf(fault: Fault): readonly string[] {
  if (fault.kind !== 'line cut') return [fault.kind];
  return [`line cut: ${fault.how}`, `line cut: to ${fault.to}`];
}

/**
 * What schedules meant to do and did not, in words: a kind of fault that never struck anything, a step at which a rebuild
 * was not killed, a stop that did not come. Without faults that strike, nothing is shown by a run that is well.
 */
export function missed(runs: readonly Struck[]): string[] {
  const all = runs.flatMap(({ schedule, strikes }) =>
    schedule.faults.map(({ fault }, index) => ({ seed: schedule.seed, fault, struck: strikes[index] ?? new Map() })),
  );
  const struck = new Set(all.filter((one) => one.struck.size > 0).flatMap(({ fault }) => kindsOf(fault)));
  const kinds = new Set(all.flatMap(({ fault }) => kindsOf(fault)));
  return [
    ...[...kinds].filter((kind) => !struck.has(kind)).map((kind) => `${kind}: it never struck anything`),
    ...all.flatMap(({ seed, fault, struck: met }) => {
      if (fault.kind !== 'view rebuilt') return [];
      const rebuild = `seed ${seed}: the rebuild of ${fault.of}`;
      const missing = stepsOf(fault).filter((step) => !met.has(step));
      return [
        ...missing.map((step) => `${rebuild} was not killed at ${step}`),
        ...(fault.stopped && !met.has(STOPPED) ? [`${rebuild} was not stopped`] : []),
        ...(fault.stopped && !met.has(RESUMED) ? [`${rebuild} was not resumed`] : []),
      ];
    }),
  ];
}

/** The steps of a rebuild, as `stepNoted` names them. */
function stepsOf({ of, back }: Rebuilt): string[] {
  return [
    ...['begin', 'fill', 'verify'],
    ...(of === 'the listing' ? [] : ['freeze', 'totals']),
    ...['ready', 'verify again', 'swap', 'finish', 'drop'],
    ...(back ? ['swap', 'finish', 'drop'].map((step) => `${step} on the way back`) : ['done']),
  ];
}
