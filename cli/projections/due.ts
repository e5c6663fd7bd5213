import { Line } from '../line.js';
import { explained, type Target } from '../target.js';
import { said } from './asked.js';
import type { FoundProjection } from './find.js';
import { observed, type Observed } from './observed.js';
import type { Input } from './options.js';
import { isDone, run } from './rebuild.js';
import { age, command, outcome } from './words.js';

/** A view of another version than the deployed one, or one of which that is not known. */
interface Outdated {
  readonly projection: FoundProjection;
  readonly status?: Observed;
  readonly error?: string;
}

/** What came of a view that was due. */
export interface Mended extends Omit<Outdated, 'projection'> {
  readonly name: string;
  readonly stack: string;
}

/** Says which views are due to be rebuilt, and how. */
export async function tellDue(target: Target, projections: readonly FoundProjection[]): Promise<void> {
  for (const { projection, status, error } of await outdated(target, projections)) {
    const { name } = projection;
    if (status === undefined) {
      console.error(`${name} does not say whether its view is due to be rebuilt: ${error}`);
      continue;
    }
    console.log(age(status));
    const how = `rebuild it without downtime: ${command('rebuild', name, target.flags)}, or deploy with --rebuild`;
    console.log(`  ${status.due ? how : outcome(status, target.flags)}`);
  }
}

/** Rebuilds the views that are due, one after the other: what becomes of one is no reason to leave another out. */
export async function rebuildDue(
  target: Target,
  projections: readonly FoundProjection[],
  input: Input = {},
  { json = false }: { readonly json?: boolean } = {},
): Promise<Mended[]> {
  const all: Mended[] = [];
  for (const { projection, ...found } of await outdated(target, projections)) {
    const { name, stack } = projection;
    if (found.status !== undefined && !json) console.log(age(found.status));
    const mended = found.status?.due ? await mend(target, projection, input, json) : found;
    all.push({ name, stack, ...mended });
    const { status, error } = mended;
    if (status !== undefined && !json) console.log(outcome(status, target.flags));
    if (error !== undefined) console.error(`dbpatterns: ${error.startsWith(`${name}:`) ? '' : `${name}: `}${error}`);
    if (status === undefined || !(isOn(status) || isDone(status))) process.exitCode = 1;
  }
  return all;
}

async function mend(
  target: Target,
  projection: FoundProjection,
  input: Input,
  json: boolean,
): Promise<Pick<Outdated, 'status' | 'error'>> {
  try {
    return { status: await run(target, projection, input, new Line(json)) };
  } catch (error) {
    const now = await observed(target, projection).catch(() => undefined);
    if (now !== undefined && (isOn(now) || now.version === now.declared)) return { status: now };
    return { error: said(explained(error)) };
  }
}

/** A rebuild that somebody else has begun, before or meanwhile, and that still runs is as good as begun now. */
function isOn({ job, ended }: Observed): boolean {
  return job?.state === 'running' && ended === undefined;
}

/** The views that were built with another version of their logic, due or being rebuilt, and those that do not answer. */
async function outdated(target: Target, projections: readonly FoundProjection[]): Promise<Outdated[]> {
  const found: Outdated[] = [];
  for (const projection of projections) {
    if (projection.stateMachine === undefined) continue;
    try {
      const status = await observed(target, projection);
      if (status.version !== status.declared) found.push({ projection, status });
    } catch (error) {
      found.push({ projection, error: said(error) });
    }
  }
  return found;
}
