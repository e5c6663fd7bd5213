import { describe, expect, it } from 'vitest';
import { add, contribute, withdraw } from '../../../lambdas/cqrs/contribution-operations.js';
import { contributionsAfter, movements, type ContributionOperation } from '../../../lambdas/cqrs/contributions.js';

const UK = { day: '2010-12-01', country: 'UK' };
const France = { country: 'France', day: '2010-12-01' };

const after = (...operations: ContributionOperation[]) => contributionsAfter(new Map(), operations);
const list = (of: ReturnType<typeof after>) => [...of.values()];

describe('contributions', () => {
  it('are replaced by contribute, grow by add, and go by withdraw', () => {
    expect(list(after(contribute(UK, { sales: 1, units: 5 }), contribute(UK, { sales: 2 })))).toEqual([
      { key: UK, measures: { sales: 2 } },
    ]);
    expect(list(after(contribute(UK, { sales: 1 }), add(UK, { sales: 2, returns: 1 })))).toEqual([
      { key: UK, measures: { sales: 3, returns: 1 } },
    ]);
    expect(list(after(contribute(UK, { sales: 1 }), contribute(France, { sales: 1 }), withdraw()))).toEqual([]);
    expect(list(after(contribute(UK, { sales: 1 }), contribute(UK, {})))).toEqual([]);
  });

  it('are of one total whatever the order of its key', () => {
    const swapped = { country: 'UK', day: '2010-12-01' };
    expect(after(add(UK, { sales: 1 }), add(swapped, { sales: 1 })).size).toBe(1);
  });

  it('move totals by the difference, and only those that move', () => {
    const before = after(contribute(UK, { sales: 1, units: 5 }), contribute(France, { sales: 1 }));
    const corrected = contributionsAfter(before, [contribute(UK, { units: 7 })]);
    expect(list(movements(before, corrected))).toEqual([{ key: UK, measures: { sales: -1, units: 2 } }]);
    expect(movements(before, before).size).toBe(0);
    expect(list(movements(before, new Map()))).toEqual([
      { key: UK, measures: { sales: -1, units: -5 } },
      { key: France, measures: { sales: -1 } },
    ]);
  });

  it('must be whole numbers', () => {
    for (const sales of [0.1, Number.NaN, Infinity, 2 ** 53]) {
      expect(() => after(contribute(UK, { sales }))).toThrow(expect.objectContaining({ code: 'invalid-operation' }));
    }
  });

  it('leave a total where any order of replays leaves it', () => {
    const steps = [contribute(UK, { sales: 1 }), add(UK, { sales: 4 }), contribute(France, { sales: 3 }), withdraw()];
    let state = after();
    const total = new Map<string, number>();
    for (const step of steps) {
      const next = contributionsAfter(state, [step]);
      for (const [id, { measures }] of movements(state, next)) total.set(id, (total.get(id) ?? 0) + measures['sales']!);
      state = next;
    }
    expect([...total.values()]).toEqual([0, 0]);
  });
});
