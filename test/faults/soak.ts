import { parseArgs } from 'node:util';
import { Runs, story, type Outcome } from './run.js';
import { missed } from './strikes.js';
import { System } from './system.js';

/** Unless something else is said. */
const RUNS = 200;

/** So many runs have a system to themselves: what they leave has to be read by each later one. */
const RUNS_A_SYSTEM = 50;

const say = (message: string): void => console.log(message);

/** Runs many schedules. Ends with code 1 if one of them found something. */
export async function soak(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string', default: '1' },
      runs: { type: 'string' },
      minutes: { type: 'string' },
      same: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
    },
  });
  const first = whole('seed', values.seed);
  const runs =
    values.runs === undefined ? (values.minutes === undefined ? RUNS : Infinity) : whole('runs', values.runs);
  const end = values.minutes === undefined ? Infinity : performance.now() + whole('minutes', values.minutes) * 60_000;

  let system: Promise<System> | undefined;
  const stop = async (): Promise<void> => (await system)?.stop();
  const interruption = new AbortController();
  const interrupted = (): void => {
    if (interruption.signal.aborted) return;
    interruption.abort();
    say('ending');
    void stop().finally(() => process.exit(130));
  };
  process.on('SIGINT', interrupted);
  process.on('SIGTERM', interrupted);
  const outcomes: Outcome[] = [];
  const failures: Outcome[] = [];
  const late: string[] = [];
  let made: Runs | undefined;
  let done = 0;
  try {
    for (; done < runs && performance.now() < end; done += 1) {
      if (made === undefined || done % RUNS_A_SYSTEM === 0) {
        late.push(...((await made?.all()) ?? []));
        await stop();
        system = System.start(say);
        made = new Runs(await system);
      }
      const outcome = await made.run(values.same ? first : first + done);
      outcomes.push(outcome);
      if (outcome.violations.length > 0) failures.push(outcome);
      if (outcome.violations.length > 0 || values.verbose) say(story(outcome));
      say(line(outcome, done + 1, runs, failures.length));
    }
    late.push(...((await made?.all()) ?? []));
  } catch (error) {
    // what was running when its engines were taken away
    if (interruption.signal.aborted) await new Promise(() => undefined);
    throw error;
  } finally {
    await stop();
  }
  const commands = outcomes.reduce((sum, outcome) => sum + outcome.commands, 0);
  say(`${done} runs, ${commands} commands, ${failures.length} runs with violations`);
  if (failures.length > 0) say(`seeds: ${failures.map(({ seed }) => seed).join(', ')}`);
  for (const one of late) say(`after all runs: ${one}`);
  for (const one of missed(outcomes)) say(`not struck: ${one}`);
  const isStruck = outcomes.some(({ strikes }) => strikes.some((met) => met.size > 0));
  if (!isStruck) say('nothing was struck: nothing is shown');
  if (failures.length > 0 || late.length > 0 || !isStruck) process.exitCode = 1;
}

function line(outcome: Outcome, done: number, runs: number, failed: number): string {
  const { seed, commands, accepted, reads, answers, milliseconds } = outcome;
  const counts = [...answers].sort(([a], [b]) => (a < b ? -1 : 1)).map(([answer, count]) => `${answer}: ${count}`);
  const seconds = (time: number): string => (time / 1000).toFixed(1);
  return [
    `run ${done}${runs === Infinity ? '' : ` of ${runs}`}, seed ${seed}`,
    `${accepted} of ${commands} accepted, ${reads} reads`,
    `${seconds(milliseconds.load)} s, rest after ${seconds(milliseconds.settling)} s`,
    counts.join(', '),
    ...(failed > 0 ? [`${failed} FAILED so far`] : []),
  ].join('; ');
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new RangeError(`--${name} takes a whole number, not ${text}`);
}

await soak(process.argv.slice(2));
