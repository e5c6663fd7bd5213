import { randomUUID } from 'node:crypto';
import { call, explained, findTarget, isForAccount, isObject, type Target, type TargetOptions } from '../target.js';
import { UserError } from '../user-error.js';
import { findArchives, type FoundArchive } from './find.js';

export interface ImportOptions extends TargetOptions {
  readonly from?: string;
  readonly stack?: string;
  readonly json?: boolean;
}

/** Versions of a stream that are not kept. */
interface Gap {
  readonly stream: string;
  readonly from: number;
  readonly to: number;
}

/** What is kept after an import. */
interface Kept {
  readonly commits: number;
  readonly streams: number;
  readonly missing: number;
  readonly gaps: readonly Gap[];
}

/** How often a replay is asked how far it is, in milliseconds. The numbers of a queue of SQS may be a minute old. */
const EVERY = { local: 300, account: 20_000 };
/** After so many looks that found nothing left, nothing is. */
const QUIET = 4;
/** So many gaps are named. */
const NAMED = 10;

/** Has an archive play its commits, waits until they are kept, and says what is missing. */
export async function importArchive(name: string, options: ImportOptions): Promise<void> {
  const { from, json = false } = options;
  if (from !== undefined && Number.isNaN(Date.parse(from))) {
    throw new UserError(`--from ${from} is no time: 2026-01-31T12:00:00Z is one`);
  }
  try {
    const target = await findTarget(options);
    const archive = pick(await findArchives(target, options.stack), name, target);
    const say = (line: string): void => {
      if (!json) console.log(line);
    };
    const dead = await played(target, archive, from, isForAccount(options) ? EVERY.account : EVERY.local, say);
    const kept = await keptIn(target, archive);
    if (json) console.log(JSON.stringify({ ...kept, dead }, undefined, 2));
    else report(kept, dead);
    if (kept.missing > 0 || dead > 0) process.exitCode = 1;
  } catch (error) {
    throw explained(error);
  }
}

function pick(archives: readonly FoundArchive[], name: string, target: Target): FoundArchive {
  const wanted = archives.filter(({ service, stream }) => [stream, `${service}/${stream}`].includes(name));
  const [only] = wanted;
  if (only !== undefined && wanted.length === 1) return only;
  const known = archives.map(({ service, stream, stack }) => `${service}/${stream} (${stack})`).join(', ');
  throw new UserError(`there is no one archived history of '${name}' in ${target.name}: ${known || 'it has none'}`);
}

/** Starts a replay and waits until all that it plays is kept; how many commits could not be. */
async function played(
  target: Target,
  { functionName }: FoundArchive,
  from: string | undefined,
  every: number,
  say: (line: string) => void,
): Promise<number> {
  // One name, so that a call that is repeated because its answer was lost begins no second replay.
  const name = randomUUID();
  const { replay } = await asked(target, functionName, { name, ...(from === undefined ? {} : { from }) });
  let [said, dead] = ['', 0];
  for (let quiet = 0; quiet < QUIET;) {
    await new Promise((resolve) => setTimeout(resolve, every));
    const status = await asked(target, functionName, { replay });
    const { state, reason, until, waiting } = status;
    if (state === 'FAILED' || state === 'CANCELLED' || state === 'CANCELLING') {
      const why = typeof reason === 'string' ? reason : 'it says no reason';
      throw new UserError(`the replay ${String(replay)} is ${state}: ${why}`);
    }
    dead = numberOf(status, 'dead');
    quiet = state === 'COMPLETED' && waiting === 0 ? quiet + 1 : 0;
    const far = typeof until === 'string' ? `, played until ${until}` : '';
    const line = `${String(state).toLowerCase()}${far}, ${numberOf(status, 'waiting')} waiting`;
    if (line !== said) say(line);
    said = line;
  }
  return dead;
}

async function keptIn(target: Target, { functionName }: FoundArchive): Promise<Kept> {
  let [commits, streams, missing] = [0, 0, 0];
  const gaps: Gap[] = [];
  let cursor: unknown;
  do {
    const answer = await asked(target, functionName, { gaps: true, ...(cursor === undefined ? {} : { cursor }) });
    commits += numberOf(answer, 'commits');
    streams += numberOf(answer, 'streams');
    missing += numberOf(answer, 'missing');
    if (Array.isArray(answer['gaps'])) gaps.push(...answer['gaps'].filter(isGap));
    cursor = answer['cursor'];
  } while (cursor !== undefined);
  return { commits, streams, missing, gaps: gaps.slice(0, NAMED) };
}

function report({ commits, streams, missing, gaps }: Kept, dead: number): void {
  console.log(`${commits} commits of ${streams} streams are kept`);
  if (missing > 0) {
    const named = gaps.map(({ stream, from, to }) => `${stream} ${from === to ? from : `${from} to ${to}`}`);
    console.log(`${missing} versions are missing: ${named.join(', ')}${missing > NAMED ? ' …' : ''}`);
  }
  if (dead > 0) console.log(`${dead} commits could not be kept: see the dead letters and the log of the import`);
}

async function asked(target: Target, functionName: string, request: object): Promise<Record<string, unknown>> {
  const answer = await call(target, functionName, request);
  if (!isObject(answer)) throw new TypeError('the function answered oddly');
  return answer;
}

function numberOf(answer: Record<string, unknown>, name: string): number {
  const value = answer[name];
  if (typeof value !== 'number') throw new TypeError('the function answered oddly');
  return value;
}

function isGap(value: unknown): value is Gap {
  return (
    isObject(value) &&
    typeof value['stream'] === 'string' &&
    typeof value['from'] === 'number' &&
    typeof value['to'] === 'number'
  );
}
