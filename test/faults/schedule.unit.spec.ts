import { expect, it } from 'vitest';
import { described, scheduleOf } from './schedule.js';
import { kindsOf } from './strikes.js';
import { VIEW_NAMES } from './views.js';

const seeds = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

it('is the same for the same seed, and another for another', () => {
  const texts = seeds(200).map((seed) => described(scheduleOf(seed)).slice(1).join('\n'));

  expect(seeds(200).map((seed) => described(scheduleOf(seed)).slice(1).join('\n'))).toEqual(texts);
  expect(new Set(texts).size).toBe(200);
});

it('meets every kind of fault within the seeds of a test run', () => {
  const met = new Set(seeds(12).flatMap((seed) => scheduleOf(seed).faults.flatMap(({ fault }) => kindsOf(fault))));

  expect([...met].toSorted()).toEqual([
    'PostgreSQL killed',
    'emulator restarted',
    'entries failed',
    'events scattered',
    'killed on a call',
    'line cut: held up',
    'line cut: refused',
    'line cut: swallowed',
    'line cut: to AWS',
    'line cut: to the Data API',
    'line cut: unanswered',
    'messages repeated',
    'sessions killed',
    'view rebuilt',
    'workers killed',
    'writes throttled',
  ]);
});

it('rebuilds each view within the seeds of a test run, killed before and after its notes, stopped and rolled back', () => {
  const rebuilds = seeds(12).flatMap((seed) =>
    scheduleOf(seed).faults.flatMap(({ fault }) => (fault.kind === 'view rebuilt' ? [fault] : [])),
  );

  expect(rebuilds.map(({ of }) => of).toSorted()).toEqual(VIEW_NAMES.toSorted());
  expect(new Set(rebuilds.map(({ when }) => when)).size).toBe(2);
  expect(new Set(rebuilds.map(({ stopped }) => stopped)).size).toBe(2);
  expect(new Set(rebuilds.map(({ back }) => back)).size).toBe(2);
});

it('ends its faults soon after the load, so that what follows is rest', () => {
  for (const seed of seeds(500)) {
    const { load, faults } = scheduleOf(seed);
    // A rebuild takes what it takes.
    if (faults.some(({ fault }) => fault.kind === 'view rebuilt')) continue;
    const ends = faults.map(({ at, lasts }) => at + (lasts === 'throughout' ? load : lasts));
    expect(Math.max(...ends)).toBeLessThanOrEqual(load + 1_500);
  }
});
