import { check, sentence, type ObservedCommand } from '../support/checker/index.js';
import { disturb } from './disturb.js';
import { basketsOf, tracesOf } from './evidence.js';
import { Load } from './load.js';
import { pause } from './obstacles.js';
import { Dice } from './random.js';
import { described, scheduleOf } from './schedule.js';
import { endAbandoned, settle } from './settle.js';
import type { System } from './system.js';

/** What a run came to. */
export interface Outcome {
  readonly seed: number;
  /** What is wrong; nothing if all is well. */
  readonly violations: readonly string[];
  /** The schedule, as a list that can be read. */
  readonly schedule: readonly string[];
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

  async run(seed: number): Promise<Outcome> {
    const { system } = this;
    const schedule = scheduleOf(seed);
    const dice = new Dice(seed ^ 0x5eed);
    const load = new Load(system, `Land ${(this.count += 1)}`, dice.fork());
    const began = performance.now();
    const disturbed = disturb(system, schedule.faults, dice.fork());
    const loaded = load.run(schedule.load);
    await disturbed;
    await whileEndingAbandoned(system, loaded);
    const settling = performance.now();
    const unfinished = await settle(system);
    const commands = [...load.commands.values()];
    const traces = await tracesOf(system, (key) => this.earlier.has(key));
    const evidence = { commands, reads: load.reads, unfinished, ...traces };
    const violations = [...check(evidence).map(sentence), ...load.unexplained.map((told) => `unexplained: ${told}`)];
    this.commands.push(...commands);
    for (const { stream } of commands) this.earlier.add(stream);
    for (const { found } of traces.views) for (const key of Object.keys(found)) this.earlier.add(key);
    system.sent.length = 0;
    return {
      seed,
      violations,
      schedule: described(schedule),
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
    const views = [...traces.views, await basketsOf(this.system)];
    return check({ commands: this.commands, unfinished, ...traces, views }).map(sentence);
  }
}

/** What waits for a transaction that nobody will end gets on, as it would minutes later. */
async function whileEndingAbandoned(system: System, work: Promise<void>): Promise<void> {
  const done = new AbortController();
  const settled = work.finally(() => done.abort());
  while (!done.signal.aborted) {
    await endAbandoned(system);
    await Promise.race([settled, pause(1_000)]);
  }
  await work;
}

/** A failure, with the schedule and how to have it again. */
export function story({ seed, violations, schedule }: Outcome): string {
  const shown = violations.slice(0, 20);
  const more = violations.length - shown.length;
  return [
    ...schedule,
    `${violations.length} violations:`,
    ...shown.map((one) => `  ${one}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
    `again: npm run test:soak -- --faults --seed ${seed} --runs 20 --same`,
  ].join('\n');
}
