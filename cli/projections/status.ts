import { bounded } from '../bounded.js';
import { findTarget, type Target } from '../target.js';
import { stopped } from './answers.js';
import { found, print, said, type Options } from './asked.js';
import { findProjections, type FoundProjection } from './find.js';
import { observed, type Observed } from './observed.js';
import { machineOf } from './rebuild.js';
import { table } from './table.js';
import { age, command, outcome, progress } from './words.js';

/** How many views are asked at once. */
const AT_ONCE = 5;

/** Lists all projections. */
export async function list(options: Options): Promise<void> {
  const target = await findTarget(options);
  const projections = await findProjections(target, options.stack);
  const all = await bounded(projections, AT_ONCE, async (one) => ({ ...one, ...(await seen(target, one)) }));
  if (options.json) {
    print(all);
    return;
  }
  if (all.length === 0) {
    console.log(`${target.name} has no projection.`);
    return;
  }
  console.log(
    table(
      ['projection', 'stack', 'stream', 'generation', 'version', 'parked', 'rebuild'],
      all.map(({ name, stack, stream, status: state, error }) =>
        state === undefined ? [name, stack, stream, '', '', '', error ?? ''] : [name, stack, stream, ...columns(state)],
      ),
    ),
  );
}

function columns({ generation, version, declared, due, parked: count, more, job, ended }: Observed): string[] {
  const isOn = job !== undefined && job.state !== 'done';
  return [
    String(generation),
    version === declared ? version : `${version} (deployed: ${declared})`,
    `${count}${more ? '+' : ''}`,
    isOn ? progress(job, ended) : due ? 'due' : '',
  ];
}

/** A projection that does not answer does not keep the others from being listed. */
async function seen(target: Target, one: FoundProjection): Promise<{ status?: Observed; error?: string }> {
  if (one.stateMachine === undefined) return { error: 'keeps no view' };
  try {
    return { status: await observed(target, one) };
  } catch (error) {
    return { error: said(error) };
  }
}

/** Says how far a rebuild is, or what to do about one that stands still. */
export async function status(name: string, options: Options): Promise<void> {
  const { target, projection } = await found(name, options);
  machineOf(projection);
  const state = await observed(target, projection);
  if (options.json) {
    print(state);
    return;
  }
  console.log(outcome(state, target.flags));
  if (state.due) console.log(`${age(state)}: "${command('rebuild', projection.name, target.flags)}" is due.`);
}

/** Ends a rebuild at its next call. */
export async function stop(name: string, options: Options): Promise<void> {
  const { target, projection } = await found(name, options);
  machineOf(projection);
  const state = await stopped(target, projection);
  if (options.json) print(state);
  else console.log(outcome(state, target.flags));
}
