import { UserError } from '../user-error.js';
import { moved, parkedIn, shown, type Outcome } from './answers.js';
import { found, print, said, type Options } from './asked.js';
import { confirm } from './confirm.js';
import { explained } from './target.js';
import { table } from './table.js';

/** Lists the streams that stand still, in each generation in which they do. */
export async function parked(name: string, options: Options): Promise<void> {
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
}

export async function show(name: string, stream: string, options: Options & { data?: boolean }): Promise<void> {
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

export async function retry(
  name: string,
  stream: string | undefined,
  options: Options & { all?: boolean },
): Promise<void> {
  if ((stream === undefined) !== (options.all === true)) throw new UserError('name one stream, or --all of them');
  const { target, projection } = await found(name, options);
  const streams = stream === undefined ? (await parkedIn(target, projection)).map((mark) => mark.stream) : [stream];
  report(await inTurn(new Set(streams), (one) => moved(target, projection, 'retry', one)), options);
}

/** What came of one stream, or why nothing is known. */
export type Tried = Outcome | { readonly stream: string; readonly error: string };

/** Moves streams one after the other: what is wrong with one is no reason to leave the others. */
export async function inTurn(
  streams: Iterable<string>,
  move: (stream: string) => Promise<Outcome>,
): Promise<readonly Tried[]> {
  const tried: Tried[] = [];
  for (const stream of streams) {
    try {
      tried.push(await move(stream));
    } catch (error) {
      tried.push({ stream, error: said(explained(error)) });
    }
  }
  return tried;
}

export async function discard(name: string, stream: string, options: Options & { yes?: boolean }): Promise<void> {
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

/** Says what came of each stream in each generation; exit code 1 where one still stands still. */
function report(tried: readonly Tried[], { json = false }: Options): void {
  if (!tried.every(isFollowing)) process.exitCode = 1;
  if (json) {
    print(tried);
    return;
  }
  const ends = { following: 'follows', parked: 'is parked again', failed: 'could not be moved' };
  for (const one of tried) {
    if ('error' in one) {
      console.error(`${one.stream} could not be moved: ${one.error}`);
      continue;
    }
    for (const { generation, live, state, applied, cause } of one.generations) {
      const version = applied === undefined ? '' : ` at version ${applied}`;
      const why = cause === undefined ? '' : `: ${cause}`;
      console.log(`${one.stream} ${ends[state]}${version} in ${place(generation, live)}${why}`);
    }
  }
  if (tried.length === 0) console.log('nothing is parked');
}

function isFollowing(one: Tried): boolean {
  return 'generations' in one && one.generations.every(({ state }) => state === 'following');
}
