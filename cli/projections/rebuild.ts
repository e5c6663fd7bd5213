import { DescribeExecutionCommand, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { answerSignals, INTERRUPTED } from '../signals.js';
import { UserError } from '../user-error.js';
import { statusOf, type Job, type Status } from './answers.js';
import type { FoundProjection } from './find.js';
import type { Target } from './target.js';

/** What a rebuild is started with. */
export interface Input {
  readonly rate?: number;
  readonly keep?: number;
  readonly segments?: number;
  readonly settle?: number;
  readonly resume?: true;
  readonly rollback?: true;
}

export interface WatchOptions {
  readonly json?: boolean;
}

/** How often a rebuild is asked how far it is, in milliseconds. */
const EVERY = 1000;
/** How often its progress is printed where no line can be written over. */
const PRINTED_EVERY = 10_000;

/** Starts the state machine, and watches it until readers see what they shall see. */
export async function run(
  target: Target,
  projection: FoundProjection,
  input: Input,
  options: WatchOptions,
): Promise<void> {
  const { stateMachine, name } = projection;
  if (stateMachine === undefined) throw new UserError(`${name} keeps no view: there is nothing to rebuild`);
  const before = (await statusOf(target, projection)).job;
  const { executionArn = '' } = await target.stepFunctions.send(
    new StartExecutionCommand({ stateMachineArn: stateMachine, input: JSON.stringify(input) }),
  );
  const status = await watch(target, projection, executionArn, options);
  // The one that it has taken over from would only find out that it has nothing left to do.
  if (before !== undefined && before.id !== executionArn) await end(target, before.id);
  if (options.json) console.log(JSON.stringify(status, undefined, 2));
  else console.log(outcome(status));
  if (status.job?.state === 'failed') process.exitCode = 1;
}

async function watch(
  target: Target,
  projection: FoundProjection,
  execution: string,
  { json = false }: WatchOptions,
): Promise<Status> {
  const line = new Line(json);
  answerSignals(() => {
    line.end();
    console.error(
      `the rebuild of ${projection.name} goes on without you: dbpatterns projections status ${projection.name}`,
    );
    process.exit(INTERRUPTED);
  });
  try {
    for (;;) {
      const status = await statusOf(target, projection);
      if (status.job?.id === execution) {
        line.show(progress(status.job));
        if (isOver(status.job)) return status;
      }
      const {
        status: state,
        cause,
        error,
      } = await target.stepFunctions.send(new DescribeExecutionCommand({ executionArn: execution }));
      if (state !== 'RUNNING') {
        const last = await statusOf(target, projection);
        if (last.job?.id === execution && (isOver(last.job) || last.job.state === 'stopped')) return last;
        throw new UserError(
          `the rebuild ended (${state ?? 'unknown'}): ${reason(cause) ?? error ?? 'nothing was said'}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, EVERY));
    }
  } finally {
    line.end();
    answerSignals(undefined);
  }
}

/** Whether readers see what they shall see, or nothing will come of it. */
function isOver({ state, step, dropAt }: Job): boolean {
  return state !== 'running' || (step === 'drop' && dropAt !== undefined);
}

async function end(target: Target, executionArn: string): Promise<void> {
  // It may have ended long ago, or be forgotten.
  await target.stepFunctions.send(new StopExecutionCommand({ executionArn })).catch(() => undefined);
}

/** One line: what is done, how far it is, how fast it goes and how long it takes. */
export function progress({ step, state, done, total, exact, rate, left, generation }: Job): string {
  if (state !== 'running') return `generation ${generation}: ${state}`;
  if (step !== 'fill' && step !== 'verify') return `generation ${generation}: ${WORDS[step] ?? step}`;
  const share = total === 0 ? 100 : Math.min(100, Math.round((done / total) * 100));
  const rest = left === undefined ? '' : `, ${span(left)} left`;
  const of = `${done}/${exact ? '' : '~'}${total} commits (${share} %)`;
  return `generation ${generation}: ${WORDS[step]} ${of}, ${rate}/s${rest}`;
}

const WORDS: Readonly<Record<string, string>> = {
  begin: 'begins',
  fill: 'filled with',
  verify: 'compared with',
  freeze: 'stands still for its totals',
  totals: 'totals are compared',
  ready: 'takes its place beside the live one',
  swap: 'readers are about to move',
  finish: 'readers move',
  drop: 'is dropped',
  done: 'done',
};

/** What a rebuild has come to, in words. */
export function outcome({ name, generation, version, job }: Status): string {
  if (job?.state === 'failed') {
    const { problem } = job;
    const streams = problem?.streams.length ? `: ${problem.streams.join(', ')}` : '';
    return (
      `${name}: the rebuild failed, readers still see generation ${generation}. ${problem?.message ?? ''}${streams}\n` +
      `Go on with "dbpatterns projections resume ${name}", or give up with "dbpatterns projections rollback ${name}".`
    );
  }
  if (job?.state === 'stopped') return `${name}: stopped. Go on with "dbpatterns projections resume ${name}".`;
  const seen = `${name}: readers see generation ${generation}, version ${version}.`;
  if (job?.dropAt === undefined) return seen;
  return `${seen} The one of before is kept until ${job.dropAt}: "dbpatterns projections rollback ${name}" returns to it.`;
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

export function span(seconds: number): string {
  if (seconds < 90) return `${seconds} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 360) / 10} h`;
}

/** A line that is written over on a terminal; elsewhere a line per step, and one now and then. */
class Line {
  private shown = '';
  private printed = 0;
  private readonly moves = process.stdout.isTTY;

  constructor(private readonly silent: boolean) {}

  show(text: string): void {
    if (this.silent || text === this.shown) return;
    const isNew = text.split(' ')[2] !== this.shown.split(' ')[2];
    this.shown = text;
    if (this.moves) {
      process.stdout.write(`\r\u001b[2K${text}`);
    } else if (isNew || Date.now() - this.printed >= PRINTED_EVERY) {
      this.printed = Date.now();
      console.log(text);
    }
  }

  end(): void {
    if (this.moves && this.shown !== '') process.stdout.write('\n');
    this.shown = '';
  }
}
