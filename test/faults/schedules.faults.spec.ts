import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Runs, story, type Outcome } from './run.js';
import { described, scheduleOf } from './schedule.js';
import { missed } from './strikes.js';
import { System } from './system.js';
import { canTellProcesses } from './workers.js';

/** Each kind of fault comes first in one of them, and all views are rebuilt in the last. */
const SEEDS = Array.from({ length: 12 }, (_, index) => index + 1);

let system: System;
let runs: Runs;
const outcomes: Outcome[] = [];

describe.runIf(canTellProcesses)('the storefront on real engines', () => {
  beforeAll(async () => {
    system = await System.start(() => undefined);
    runs = new Runs(system);
  }, 120_000);

  afterAll(() => system.stop());

  it.each(SEEDS.map((seed) => [seed, described(scheduleOf(seed)).slice(1).join(';').trim()] as const))(
    'loses nothing, doubles nothing and shows nothing stale under seed %i: %s',
    async (seed) => {
      const outcome = await runs.run(seed);
      outcomes.push(outcome);

      expect(outcome.violations, story(outcome)).toEqual([]);
      expect(outcome.accepted).toBeGreaterThan(0);
    },
    480_000,
  );

  it('holds, in the end, what it held after each of them', async () => {
    expect(await runs.all()).toEqual([]);
  });

  it('was struck by every kind of fault, and every rebuild was killed at each of its steps', () => {
    expect(missed(outcomes)).toEqual([]);
  });
});
