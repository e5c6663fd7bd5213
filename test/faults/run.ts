import { check, sentence, type ObservedCommand } from '../support/checker/index.js';
import { disturb } from './disturb.js';
import { tracesOf } from './evidence.js';
import { Load } from './load.js';
import { pause } from './obstacles.js';
import { Dice } from './random.js';
import { described, scheduleOf, type Schedule, type Strikes } from './schedule.js';
import { endAbandoned, settle } from './settle.js';
import { allBaskets } from './shown.js';
import type { System } from './system.js';

/** What a run came to. */
export interface Outcome {
  readonly seed: number;
  /** What is wrong; nothing if all is well. */
  readonly violations: readonly string[];
  readonly schedule: Schedule;
  /** What each fault struck, in the order of the schedule. */
  readonly strikes: readonly Strikes[];
  readonly commands: number;
  readonly accepted: number;
  readonly reads: number;
  /** How often each answer came. */
  readonly answers: ReadonlyMap<string, number>;
  readonly milliseconds: { readonly load: number; readonly settling: number };
}

/** Runs schedules on a system, one after the other; each is checked alone, and none may touch what an earlier one left. */
export class Runs {
  private readonly earlier = new Set<string>();
  private readonly commands: ObservedCommand[] = [];
  private count = 0;

  constructor(private readonly system: System) {}

  async run(seed: number, schedule = scheduleOf(seed)): Promise<Outcome> {
    const { system } = this;
    const dice = new Dice(seed ^ 0x5eed);
    const load = new Load(system, (this.count += 1), dice.fork(), schedule);
    const began = performance.now();
    const { traffic, over, strikes } = disturb(system, schedule, dice.fork());
    const [wrong] = await Promise.all([over, whileEndingAbandoned(system, load.run(traffic))]);
    const settling = performance.now();
    const unfinished = [...wrong, ...(await settle(system))];
    const commands = [...load.commands.values()];
    const traces = await tracesOf(system, (key) => this.earlier.has(key));
    const evidence = { ...traces, commands, reads: load.reads, unfinished: [...unfinished, ...traces.unfinished] };
    const violations = [...check(evidence).map(sentence), ...load.unexplained.map((told) => `unexplained: ${told}`)];
    this.commands.push(...commands);
    for (const { stream } of commands) this.earlier.add(stream);
    for (const { found } of traces.views) for (const key of Object.keys(found)) this.earlier.add(key);
    system.sent.length = 0;
    return {
      seed,
      violations,
      schedule,
      strikes,
      commands: commands.length,
      accepted: commands.filter(({ answers }) => answers.some(({ outcome }) => outcome === 'accepted')).length,
      reads: load.reads.length,
      answers: load.answers,
      milliseconds: { load: settling - began, settling: performance.now() - settling },
    };
  }

  /** Looks once more at what all runs left together: nothing may have come or gone since. */
  async all(): Promise<string[]> {
    const unfinished = await settle(this.system);
    const { published: _, ...traces } = await tracesOf(this.system, () => false);
    const views = [...traces.views, await allBaskets(this.system)];
    const evidence = { ...traces, views, commands: this.commands, unfinished: [...unfinished, ...traces.unfinished] };
    return check(evidence).map(sentence);
  }
}

/** What waits for a transaction that nobody will end gets on, as it would minutes later. */
async function whileEndingAbandoned(system: System, work: Promise<void>): Promise<void> {
  const done = new AbortController();
  const settled = work.finally(() => done.abort());
  while (!done.signal.aborted) {
    // PostgreSQL may be away.
    await endAbandoned(system).catch(() => undefined);
    await Promise.race([settled, pause(1_000)]);
  }
  await work;
}

/** A failure, with the schedule and how to have it again. */
export function story({ seed, violations, schedule, strikes }: Outcome): string {
  const shown = violations.slice(0, 20);
  const more = violations.length - shown.length;
  return [
    ...described(schedule, strikes),
    `${violations.length} violations:`,
    ...shown.map((one) => `  ${one}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
    `again: npm run test:soak -- --faults --seed ${seed} --runs 20 --same`,
  ].join('\n');
}
