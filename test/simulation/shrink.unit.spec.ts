import { describe, expect, it } from 'vitest';
import type { Rule } from '../support/checker/index.js';
import type { RunOptions, RunResult } from './run.js';
import { shorten } from './shrink.js';
import type { Plan, Step } from './shop/plan.js';

const faults = Array.from({ length: 20 }, (_, index) => `call ${index}!throttle`);
const plan: Plan = { clients: [0, 1, 2].map((client) => Array.from({ length: 5 }, (_, step) => look(client, step))) };

describe('shortening a failure', () => {
  it('leaves the faults and steps that it takes, each client with its own', async () => {
    const { live } = living(({ faults: some, steps }) =>
      some.includes('call 3!throttle') && some.includes('call 17!throttle') && steps.has('c0.4') && steps.has('c2.1')
        ? ['lost']
        : [],
    );
    const short = await shorten(live, await live({ seed: 1, plan, faults }), ['lost'], 200);
    expect(short?.faults).toEqual(['call 3!throttle', 'call 17!throttle']);
    expect(short?.plan.clients.map((steps) => steps.map(({ id }) => id))).toEqual([['c0.4'], [], ['c2.1']]);
  });

  it('leaves nothing of what needs nothing', async () => {
    const { live } = living(() => ['lost']);
    const short = await shorten(live, await live({ seed: 1, plan, faults }), ['lost'], 200);
    expect([short?.faults, short?.plan.clients.flat()]).toEqual([[], []]);
  });

  it('keeps to the rules that were broken: what breaks another one is another failure', async () => {
    const { live } = living(({ faults: some }) => (some.includes('call 3!throttle') ? ['lost'] : ['stale']));
    const short = await shorten(live, await live({ seed: 1, plan, faults }), ['lost'], 200);
    expect(short?.faults).toEqual(['call 3!throttle']);
  });

  it('gives nothing where the failure does not come again', async () => {
    const { live } = living(() => []);
    const failed = { ...(await live({ seed: 1, plan, faults })), violations: [violation('lost')] };
    expect(await shorten(live, failed, ['lost'], 200)).toBeUndefined();
  });

  it('takes no more runs than it may', async () => {
    const { live, asked } = living(({ faults: some }) => (some.length > 7 ? ['lost'] : []));
    const failed = await live({ seed: 1, plan, faults });
    const short = await shorten(live, failed, ['lost'], 6);
    expect(asked).toHaveLength(1 + 6);
    expect(short?.faults.length).toBeGreaterThan(7);
  });
});

/** Runs that break these rules, as their faults and steps say. */
function living(broken: (run: { faults: readonly string[]; steps: ReadonlySet<string> }) => readonly Rule[]) {
  const asked: RunOptions[] = [];
  const live = (options: RunOptions): Promise<RunResult> => {
    asked.push(options);
    const { seed, plan: given = plan, faults: some = [] } = options;
    const steps = new Set(given.clients.flat().map(({ id }) => id));
    return Promise.resolve({
      ...{ seed, plan: given, faults: some, violations: broken({ faults: some, steps }).map(violation) },
      ...{ done: { accepted: 0, answered: 0, swaps: 0 }, moments: 10, seconds: 1, story: () => '' },
    });
  };
  return { live, asked };
}

function violation(rule: Rule) {
  return { rule, subject: 'something', message: 'something' };
}

function look(client: number, step: number): Step {
  return { id: `c${client}.${step}`, wait: 0, kind: 'get', entity: '85123A', token: false };
}
