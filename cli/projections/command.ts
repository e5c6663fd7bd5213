import { createInterface } from 'node:readline/promises';
import { InvalidArgumentError, type Command } from 'commander';
import { UserError } from '../user-error.js';
import { moved, parkedIn, shown, statusOf, stopped, type Outcome, type Status } from './answers.js';
import { findProjections, pick, type FoundProjection } from './find.js';
import { outcome, progress, run, type Input } from './rebuild.js';
import { explained, findTarget, type Target } from './target.js';
import { table } from './table.js';

interface Options {
  readonly stack?: string;
  readonly account?: boolean;
  readonly json?: boolean;
}

type Named = (name: string, options: Options) => Promise<void>;

/** Adds `dbpatterns projections`. */
export function projectionsCommand(root: Command): void {
  const projections = root
    .command('projections')
    .description('views: what is parked, and rebuilds; of the local cloud of this project, or of an account');
  const add = (name: string, description: string): Command =>
    projections
      .command(name)
      .description(description)
      .option('--stack <name>', 'look in this stack only')
      .option('--account', 'ask the account of the AWS environment, not the local cloud')
      .option('--json', 'as JSON');
  const named = (name: string, description: string): Command =>
    add(name, description).argument('<projection>', 'its name, or the last part of it');

  add('list', 'all projections, their generations and versions').action(within(list));
  named('parked', 'the streams that stand still in it').action(within(parked));
  named('show', 'why a stream is parked, and the commit that cannot be applied')
    .argument('<stream>', 'product/85123A')
    .option('--data', 'show what the events hold, too')
    .action(within(show));
  named('retry', "apply a parked stream's history again, after its handler was mended")
    .argument('[stream]', 'product/85123A')
    .option('--all', 'every stream that is parked')
    .action(within(retry));
  named('discard', 'pass exactly the parked version of a stream, then go on')
    .argument('<stream>', 'product/85123A')
    .option('--yes', 'do not ask')
    .action(within(discard));
  rebuildOptions(
    named('rebuild', 'build its view anew from history, beside the live one, and have readers move to it'),
  ).action(within((name: string, options: Options & Input) => start(name, options, {})));
  named('status', 'how far its rebuild is').action(within(status));
  named('stop', 'end its rebuild at the next step; what was built stays').action(within(stop));
  rebuildOptions(named('resume', 'go on with a rebuild that was stopped or has failed')).action(
    within((name: string, options: Options & Input) => start(name, options, { resume: true })),
  );
  rebuildOptions(named('rollback', 'return to the view of before, or drop a new one that nobody reads yet')).action(
    within((name: string, options: Options & Input) => start(name, options, { rollback: true })),
  );
}

function rebuildOptions(command: Command): Command {
  return command
    .option('--rate <n>', 'commits a second at most', number)
    .option('--keep <seconds>', 'for how long the view of before is kept (default: what the construct says)', number)
    .option('--segments <n>', 'how many parts of history are worked on at once (default: 8)', number)
    .option(
      '--settle <seconds>',
      'how long functions may work by an older state (default: their time-out and 3 s)',
      number,
    );
}

/** What the SDK says is said in words that help. */
function within<A extends unknown[]>(action: (...args: A) => Promise<void>): (...args: A) => Promise<void> {
  return async (...args) => {
    try {
      await action(...args);
    } catch (error) {
      throw explained(error);
    }
  };
}

async function list(options: Options): Promise<void> {
  const target = await findTarget(options);
  const found = await findProjections(target, options.stack);
  const all = await Promise.all(found.map(async (one) => ({ ...one, ...(await seen(target, one)) })));
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

function columns({ generation, version, declared, due, parked: count, more, job }: Status): string[] {
  const isOn = job !== undefined && job.state !== 'done';
  return [
    String(generation),
    version === declared ? version : `${version} (deployed: ${declared})`,
    `${count}${more ? '+' : ''}`,
    isOn ? progress(job) : due ? 'due' : '',
  ];
}

/** A projection that does not answer does not keep the others from being listed. */
async function seen(target: Target, one: FoundProjection): Promise<{ status?: Status; error?: string }> {
  if (one.stateMachine === undefined) return { error: 'keeps no view' };
  try {
    return { status: await statusOf(target, one) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

async function found(name: string, options: Options): Promise<{ target: Target; projection: FoundProjection }> {
  const target = await findTarget(options);
  return { target, projection: pick(await findProjections(target, options.stack), name, target) };
}

const parked: Named = async (name, options) => {
  const { target, projection } = await found(name, options);
  const marks = await parkedIn(target, projection);
  if (options.json) {
    print(marks);
    return;
  }
  if (marks.length === 0) {
    console.log(`${projection.name}: nothing is parked.`);
    return;
  }
  const rows = marks.map((mark) => [mark.stream, String(mark.version), String(mark.generation), mark.at, mark.cause]);
  console.log(table(['stream', 'version', 'generation', 'since', 'cause'], rows));
};

async function show(name: string, stream: string, options: Options & { data?: boolean }): Promise<void> {
  const { target, projection } = await found(name, options);
  const marks = await shown(target, projection, stream);
  if (marks.length === 0) throw new UserError(`${stream} is not parked in ${projection.name}`);
  const told = marks.map(({ commit, ...mark }) => {
    const events = commit?.data?.events ?? [];
    const seen = events.map(({ type, v, data }) => ({ type, v, ...(options.data ? { data } : {}) }));
    return { ...mark, time: commit?.time, events: seen };
  });
  if (options.json) {
    print(told);
    return;
  }
  for (const { version, generation, live, at, cause, problem, time, events } of told) {
    console.log(`${stream} stands still before version ${version} since ${at}, in ${place(generation, live)}`);
    console.log(`cause   ${cause}`);
    console.log(time === undefined ? `commit  ${problem ?? 'history does not have it'}` : `commit  of ${time}`);
    for (const { type, v, data } of events) {
      console.log(`event   ${type} v${v}${data === undefined ? '' : ` ${JSON.stringify(data)}`}`);
    }
  }
}

/** A generation, in words. */
function place(generation: number, live: boolean): string {
  return `generation ${generation}${live ? '' : ', which readers do not see'}`;
}

async function retry(name: string, stream: string | undefined, options: Options & { all?: boolean }): Promise<void> {
  if ((stream === undefined) !== (options.all === true)) throw new UserError('name one stream, or --all of them');
  const { target, projection } = await found(name, options);
  const parkedStreams = async (): Promise<string[]> => (await parkedIn(target, projection)).map((mark) => mark.stream);
  const streams = stream === undefined ? new Set(await parkedStreams()) : [stream];
  const outcomes: Outcome[] = [];
  for (const one of streams) outcomes.push(await moved(target, projection, 'retry', one));
  report(outcomes, options);
}

async function discard(name: string, stream: string, options: Options & { yes?: boolean }): Promise<void> {
  const { target, projection } = await found(name, options);
  const marks = await shown(target, projection, stream);
  if (marks.length === 0) throw new UserError(`${stream} is not parked in ${projection.name}`);
  if (options.yes !== true) {
    const lost = marks.map(
      ({ version, generation, live, cause }) => `version ${version} in ${place(generation, live)} (${cause})`,
    );
    await confirm(`Of ${stream}, this view will never have ${lost.join(', ')}. Discard it?`);
  }
  report([await moved(target, projection, 'discard', stream)], options);
}

function report(outcomes: readonly Outcome[], { json = false }: Options): void {
  const all = outcomes.flatMap(({ stream, generations }) => generations.map((one) => ({ stream, ...one })));
  if (all.some(({ state }) => state !== 'following')) process.exitCode = 1;
  if (json) {
    print(outcomes);
    return;
  }
  const ends = { following: 'follows', parked: 'is parked again', failed: 'could not be moved' };
  for (const { stream, generation, live, state, applied, cause } of all) {
    const version = applied === undefined ? '' : ` at version ${applied}`;
    const why = cause === undefined ? '' : `: ${cause}`;
    console.log(`${stream} ${ends[state]}${version} in ${place(generation, live)}${why}`);
  }
  if (outcomes.length === 0) console.log('nothing is parked');
}

async function start(name: string, options: Options & Input, how: Pick<Input, 'resume' | 'rollback'>): Promise<void> {
  const { target, projection } = await found(name, options);
  const { rate, keep, segments, settle } = options;
  await run(target, projection, { rate, keep, segments, settle, ...how }, options);
}

const status: Named = async (name, options) => {
  const { target, projection } = await found(name, options);
  const state = await statusOf(target, projection);
  if (options.json) {
    print(state);
    return;
  }
  const { job } = state;
  if (job !== undefined && job.state === 'running' && job.dropAt === undefined) console.log(progress(job));
  else console.log(outcome(state));
  if (state.due) {
    console.log(
      `Deployed is version ${state.declared}, the view was built with ${state.version}: ` +
        `"dbpatterns projections rebuild ${projection.name}" is due.`,
    );
  }
};

const stop: Named = async (name, options) => {
  const { target, projection } = await found(name, options);
  const state = await stopped(target, projection);
  if (options.json) print(state);
  else console.log(outcome(state));
};

async function confirm(question: string): Promise<void> {
  if (!process.stdin.isTTY) throw new UserError(`${question} Say so with --yes: nobody is there to be asked`);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`${question} [y/N] `);
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new UserError('nothing was changed');
}

function number(value: string): number {
  const parsed = Number(value);
  if (value.trim() === '' || !Number.isFinite(parsed) || parsed < 0)
    throw new InvalidArgumentError('It must be a number from 0.');
  return parsed;
}

function print(value: unknown): void {
  console.log(JSON.stringify(value, undefined, 2));
}
