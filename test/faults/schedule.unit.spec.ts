import { expect, it } from 'vitest';
import { described, scheduleOf } from './schedule.js';

const seeds = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

it('is the same for the same seed, and another for another', () => {
  const texts = seeds(200).map((seed) => described(scheduleOf(seed)).slice(1).join('\n'));

  expect(seeds(200).map((seed) => described(scheduleOf(seed)).slice(1).join('\n'))).toEqual(texts);
  expect(new Set(texts).size).toBe(200);
});

it('meets every kind of fault within the seeds of a test run', () => {
  const met = new Set(seeds(15).flatMap((seed) => scheduleOf(seed).faults.map(({ fault }) => fault.kind)));

  expect([...met].toSorted()).toEqual([
    'PostgreSQL killed',
    'emulator restarted',
    'entries failed',
    'events scattered',
    'killed on a call',
    'line cut',
    'messages repeated',
    'sessions killed',
    'view rebuilt',
    'workers killed',
    'writes throttled',
  ]);
});

it('ends its faults soon after the load, so that what follows is rest', () => {
  for (const seed of seeds(500)) {
    // A rebuild takes what it takes.
    if (scheduleOf(seed).faults.some(({ fault }) => fault.kind === 'view rebuilt')) continue;
    const { load, faults } = scheduleOf(seed);
    expect(Math.max(...faults.map(({ at, lasts }) => at + lasts))).toBeLessThanOrEqual(load + 1_500);
  }
});
