import { clientOptions, type LocalCloud } from 'cdk-database-patterns-local';
import { statusOf, type Status } from '../projections/answers.js';
import { findProjections, type FoundProjection } from '../projections/find.js';
import { run } from '../projections/rebuild.js';
import { targetOf } from '../projections/target.js';

/** Says which views were built with another version of their logic than the one that is deployed now, and mends it. */
export async function dueRebuilds(cloud: LocalCloud, stacks: readonly string[], rebuild: boolean): Promise<void> {
  const target = targetOf('the local cloud', clientOptions(cloud));
  const found = (await Promise.all(stacks.map((stack) => findProjections(target, stack)))).flat();
  const due: { projection: FoundProjection; status: Status }[] = [];
  for (const projection of found) {
    if (projection.stateMachine === undefined) continue;
    // One whose function does not answer is no reason for a deployment that is done to fail.
    const status = await statusOf(target, projection).catch(() => undefined);
    if (status?.due) due.push({ projection, status });
  }
  for (const { projection, status } of due) {
    const { name } = projection;
    console.log(`${name} was built with version ${status.version} of its logic, deployed is ${status.declared}`);
    if (rebuild) await run(target, projection, {}, {});
    else console.log(`  rebuild it without downtime: dbpatterns projections rebuild ${name}, or deploy with --rebuild`);
  }
}
