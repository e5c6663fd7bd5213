import { DescribeExecutionCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { Line } from '../line.js';
import { answerSignals, INTERRUPTED } from '../signals.js';
import type { Target } from '../target.js';
import { UserError } from '../user-error.js';
import { statusOf, type Job } from './answers.js';
import type { FoundProjection } from './find.js';
import { observed, type Observed } from './observed.js';
import type { Input } from './options.js';
import { command, leftAlone, outcome, progress } from './words.js';

/** How often a rebuild is asked how far it is, in milliseconds. */
const EVERY = 1000;

/**
 * Starts the state machine, and watches it until readers see what they shall see, or nothing will come of it.
 *
 * @throws UserError if there is nothing to start
 */
export async function run(
  target: Target,
  projection: FoundProjection,
  input: Input,
  line = new Line(),
): Promise<Observed> {
  const { name } = projection;
  const stateMachine = machineOf(projection);
  const left = input.resume ? leftAlone(await observed(target, projection), input.keep, target.flags) : undefined;
  if (left !== undefined) throw new UserError(left);
  const { executionArn = '' } = await target.stepFunctions.send(
    new StartExecutionCommand({ stateMachineArn: stateMachine, input: JSON.stringify(input) }),
  );
  answerSignals(() => {
    line.end();
    console.error(`the rebuild of ${name} goes on without you: ${command('status', name, target.flags)}`);
    process.exit(INTERRUPTED);
  });
  try {
    return await watch(target, projection, executionArn, line);
  } finally {
    line.end();
    answerSignals(undefined);
  }
}

/** What rebuilds a view. @throws UserError for a reaction, which keeps none */
export function machineOf({ stateMachine, name }: FoundProjection): string {
  if (stateMachine === undefined) throw new UserError(`${name} keeps no view: there is nothing to rebuild`);
  return stateMachine;
}

/** Whether it has come to what it was started for. */
export function isDone({ job, ended }: Observed): boolean {
  if (job === undefined || job.state === 'done') return true;
  return ended === undefined && job.state === 'running' && job.dropAt !== undefined;
}

async function watch(target: Target, projection: FoundProjection, execution: string, line: Line): Promise<Observed> {
  for (;;) {
    const status = await statusOf(target, projection);
    if (status.job?.id === execution) {
      line.show(progress(status.job));
      if (isOver(status.job)) return status;
    }
    const {
      status: state = 'unknown',
      cause,
      error,
      output,
    } = await target.stepFunctions.send(new DescribeExecutionCommand({ executionArn: execution }));
    if (state !== 'RUNNING') {
      const last = await statusOf(target, projection);
      if (last.job?.id === execution) return isOver(last.job) ? last : { ...last, ended: state };
      if (state === 'SUCCEEDED') {
        const refused = refusedIn(output);
        if (refused !== undefined) {
          throw new UserError(
            `${projection.name}: ${refused}.\n${outcome(await observed(target, projection), target.flags)}`,
          );
        }
        throw new UserError(`another has taken over: ${command('status', projection.name, target.flags)}`);
      }
      throw new UserError(`the rebuild ended (${state}): ${reason(cause) ?? error ?? 'nothing was said'}`);
    }
    await new Promise((resolve) => setTimeout(resolve, EVERY));
  }
}

/** Whether readers see what they shall see, or nothing will come of it. */
function isOver({ state, step, dropAt }: Job): boolean {
  return state !== 'running' || (step === 'drop' && dropAt !== undefined);
}

/** Why an execution was not needed. */
function refusedIn(output = '{}'): string | undefined {
  return reason((JSON.parse(output) as { refused?: string }).refused);
}

function reason(cause: string | undefined): string | undefined {
  if (cause === undefined) return undefined;
  try {
    const { errorMessage } = JSON.parse(cause) as { errorMessage?: string };
    return errorMessage ?? cause;
  } catch {
    return cause;
  }
}
