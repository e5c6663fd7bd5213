import { Line } from '../line.js';
import { findTarget } from '../target.js';
import { UserError } from '../user-error.js';
import { found, print, type Options } from './asked.js';
import { rebuildDue } from './due.js';
import { findProjections } from './find.js';
import type { Input } from './options.js';
import { isDone, run } from './rebuild.js';
import { outcome } from './words.js';

/** Rebuilds a view, or all that are due. */
export async function rebuild(name: string | undefined, options: Options & Input & { due?: boolean }): Promise<void> {
  if ((name === undefined) !== (options.due === true))
    throw new UserError('name one projection, or --due: all that are');
  if (name !== undefined) return start(name, options, {});
  const target = await findTarget(options);
  const mended = await rebuildDue(target, await findProjections(target, options.stack), inputOf(options), options);
  if (options.json) print(mended);
  else if (mended.length === 0) console.log('no view is due to be rebuilt');
}

export async function resume(name: string, options: Options & Input): Promise<void> {
  return start(name, options, { resume: true });
}

export async function rollback(name: string, options: Options & Input): Promise<void> {
  return start(name, options, { rollback: true });
}

async function start(name: string, options: Options & Input, how: Pick<Input, 'resume' | 'rollback'>): Promise<void> {
  const { target, projection } = await found(name, options);
  const status = await run(target, projection, { ...inputOf(options), ...how }, new Line(options.json));
  if (options.json) print(status);
  else console.log(outcome(status, target.flags));
  if (!isDone(status)) process.exitCode = 1;
}

/** What of a command's options is for the job; the others are for this program. */
function inputOf({ rate, keep, segments, settle }: Input): Input {
  return { rate, keep, segments, settle };
}
