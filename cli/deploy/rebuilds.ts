import { rebuildDue, tellDue } from '../projections/due.js';
import { findProjections, type FoundProjection } from '../projections/find.js';
import type { Target } from '../target.js';

/**
 * Says which views were built with another version of their logic than the one that is deployed now, or rebuilds them.
 * The deployment is done: what cannot be said of a view is no failure of it, a rebuild that was asked for may be one.
 */
export async function dueRebuilds(target: Target, stacks: readonly string[], rebuild: boolean): Promise<void> {
  const found: FoundProjection[] = [];
  for (const stack of stacks) found.push(...(await projectionsIn(target, stack, rebuild)));
  if (rebuild) await rebuildDue(target, found);
  else await tellDue(target, found);
}

async function projectionsIn(target: Target, stack: string, rebuild: boolean): Promise<FoundProjection[]> {
  try {
    return await findProjections(target, stack);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    console.error(`dbpatterns: whether views of ${stack} are due to be rebuilt is not known: ${why}`);
    if (rebuild) process.exitCode = 1;
    return [];
  }
}
