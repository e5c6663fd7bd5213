import type { Rule } from '../support/checker/index.js';
import type { RunOptions, RunResult } from './run.js';
import type { Plan } from './shop/plan.js';

/** How much shortening may take: so many moments in all of its runs. */
const MOMENTS = 150_000;

/**
 * A shorter run that breaks one of the same rules: first with fewer faults, then with fewer steps, then once more with
 * fewer faults. Halves are left out before single ones ("delta debugging", Zeller and Hildebrandt, 2002).
 *
 * @param live - lives through a run
 * @param runs - how many runs it may take
 */
export async function shorten(
  live: (options: RunOptions) => Promise<RunResult>,
  failed: RunResult,
  rules: readonly Rule[],
  runs: number,
): Promise<RunResult | undefined> {
  let best: RunResult | undefined;
  let left = runs;
  let moments = 0;
  const fails = async (plan: Plan, faults: readonly string[]): Promise<boolean> => {
    if (left <= 0 || moments > MOMENTS) return false;
    left -= 1;
    const result = await live({ seed: failed.seed, plan, faults });
    moments += result.moments;
    if (!result.violations.some(({ rule }) => rules.includes(rule))) return false;
    best = result;
    return true;
  };
  let { plan, faults } = failed;
  if (!(await fails(plan, faults))) return undefined;
  faults = await fewest(faults, (some) => fails(plan, some));
  const steps = plan.clients.flatMap((client, index) => client.map((step) => ({ index, step })));
  const planOf = (some: typeof steps): Plan => ({
    ...failed.plan,
    clients: plan.clients.map((_, index) => some.filter((one) => one.index === index).map(({ step }) => step)),
  });
  plan = planOf(await fewest(steps, (some) => fails(planOf(some), faults)));
  await fewest(faults, (some) => fails(plan, some));
  return best;
}

/** The shortest part of a list found with which it still fails. */
async function fewest<T>(list: readonly T[], fails: (some: T[]) => Promise<boolean>): Promise<T[]> {
  let kept = [...list];
  if (kept.length > 0 && (await fails([]))) return [];
  for (let size = Math.ceil(kept.length / 2); size >= 1 && kept.length > 0;) {
    let isShorter = false;
    for (let from = 0; from < kept.length;) {
      const without = [...kept.slice(0, from), ...kept.slice(from + size)];
      if (without.length < kept.length && (await fails(without))) {
        kept = without;
        isShorter = true;
      } else from += size;
    }
    if (size === 1 && !isShorter) break;
    size = size === 1 ? 1 : Math.ceil(size / 2);
  }
  return kept;
}
