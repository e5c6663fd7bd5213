import { confirm } from '../confirm.js';
import { explained } from '../target.js';
import { UserError } from '../user-error.js';
import { moved, parkedIn, shown, type Mark, type Outcome } from './answers.js';
import { checkStream, found, print, said, type Options } from './asked.js';
import type { FoundProjection } from './find.js';
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
  console.log(marksTable(projection, marks));
}

/** Where streams stand still. A reaction keeps no view, and has no generations. */
function marksTable({ stateMachine }: FoundProjection, marks: readonly Mark[]): string {
  const hasGenerations = stateMachine !== undefined;
  const rows = marks.map(({ stream, version, generation, live, at, cause }) => [
    stream,
    String(version),
    ...(hasGenerations ? [`${generation}${live ? '' : ' (readers do not see it)'}`] : []),
    at,
    cause,
  ]);
  return table(['stream', 'before version', ...(hasGenerations ? ['generation'] : []), 'since', 'cause'], rows);
}

export async function show(name: string, stream: string, options: Options & { data?: boolean }): Promise<void> {
  const { target, projection } = await found(name, options);
  checkStream(projection, stream);
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
    console.log(`${stream} stands still before version ${version} since ${at}${place(projection, generation, live)}`);
    console.log(`cause   ${cause}`);
    console.log(time === undefined ? `commit  ${problem ?? 'history does not have it'}` : `commit  of ${time}`);
    for (const { type, v, data } of events) {
      console.log(`event   ${type} v${v}${data === undefined ? '' : ` ${JSON.stringify(data)}`}`);
    }
  }
}

/** In which generation, in words. */
function place({ stateMachine }: FoundProjection, generation: number, live: boolean): string {
  if (stateMachine === undefined) return '';
  return ` in generation ${generation}${live ? '' : ', which readers do not see'}`;
}

export async function retry(
  name: string,
  stream: string | undefined,
  options: Options & { all?: boolean },
): Promise<void> {
  if ((stream === undefined) !== (options.all === true)) throw new UserError('name one stream, or --all of them');
  const { target, projection } = await found(name, options);
  if (stream !== undefined) checkStream(projection, stream);
  const streams = stream === undefined ? (await parkedIn(target, projection)).map((mark) => mark.stream) : [stream];
  report(projection, await inTurn(new Set(streams), (one) => moved(target, projection, 'retry', one)), options);
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
  checkStream(projection, stream);
  const marks = await shown(target, projection, stream);
  if (marks.length === 0) throw new UserError(`${stream} is not parked in ${projection.name}`);
  if (options.yes !== true) {
    if (!options.json) console.log(marksTable(projection, marks));
    const what = marks.length === 1 ? `version ${marks[0]?.version} of ${stream}` : `these versions of ${stream}`;
    const never = projection.stateMachine === undefined ? 'never react to' : 'never have';
    await confirm(`${projection.name} will ${never} ${what}. Discard ${marks.length === 1 ? 'it' : 'them'}?`);
  }
  report(projection, [await moved(target, projection, 'discard', stream)], options);
  if (options.json || projection.stateMachine === undefined) return;
  console.log('A later rebuild makes the view from all of history: it meets the version anew, and asks again.');
}

/** Says what came of each stream in each generation; exit code 1 where one still stands still. */
function report(projection: FoundProjection, tried: readonly Tried[], { json = false }: Options): void {
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
      const at = state === 'parked' ? `before version ${Number(applied) + 1}` : `at version ${applied}`;
      const version = applied === undefined ? '' : ` ${at}`;
      const why = cause === undefined ? '' : `: ${cause}`;
      console.log(`${one.stream} ${ends[state]}${version}${place(projection, generation, live)}${why}`);
    }
  }
  if (tried.length === 0) console.log('nothing is parked');
}

function isFollowing(one: Tried): boolean {
  return 'generations' in one && one.generations.every(({ state }) => state === 'following');
}
