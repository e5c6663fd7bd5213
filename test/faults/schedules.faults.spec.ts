import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Call } from './calls.js';
import { Runs, story, type Outcome } from './run.js';
import { described, scheduleOf, type Fault } from './schedule.js';
import { missed } from './strikes.js';
import { System } from './system.js';
import { VIEWS } from './views.js';
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

  it('answers commands as ever while no view can be written: they ask none', async () => {
    const faults: Fault[] = [
      { kind: 'writes throttled', of: 'the listing', share: 1 },
      { kind: 'writes throttled', of: 'the totals', share: 1 },
      { kind: 'writes throttled', of: 'the price days', share: 1 },
      { kind: 'line cut', of: 'the baskets', to: 'the Data API', how: 'refused', share: 1 },
    ];
    const views = Object.values(VIEWS).map((view) =>
      'table' in view ? system.shop.physical(view.table, 'AWS::DynamoDB::GlobalTable') : view.sql,
    );
    const asked: Call[] = [];
    const remove = system.gateway.add((call, next) => {
      if (system.isOf(call.caller, 'the commands of products') || system.isOf(call.caller, 'the commands of sales')) {
        asked.push(call);
      }
      return next(call);
    });
    const outcome = await runs.run(0, {
      ...{ seed: 0, load: 4_000, clients: 8, pace: 100 },
      faults: faults.map((fault) => ({ at: 0, lasts: 'throughout', fault })),
    });
    remove();
    outcomes.push(outcome);

    expect(outcome.violations, story(outcome)).toEqual([]);
    expect(
      outcome.strikes.map((strikes) => strikes.size > 0),
      story(outcome),
    ).toEqual(faults.map(() => true));
    expect(asked.length).toBeGreaterThan(outcome.accepted);
    expect(asked.filter(({ body }) => views.some((view) => body.includes(view)))).toEqual([]);
    // A read with a token may be told to come again, and a command be refused for what it asks: nothing fails.
    expect([...outcome.answers.keys()].filter((answer) => answer.startsWith('5'))).toEqual([]);
  }, 120_000);

  it('holds, in the end, what it held after each of them', async () => {
    expect(await runs.all()).toEqual([]);
  });

  it('was struck by every kind of fault, and every rebuild was killed at each of its steps', () => {
    expect(missed(outcomes)).toEqual([]);
  });
});
