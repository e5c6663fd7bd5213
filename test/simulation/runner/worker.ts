import { sentence, type Rule, type Violation } from '../../support/checker/index.js';
import { catalogEngine } from '../engine.js';
import type { Engine } from '../models/postgres/engine.js';
import { planAt, run, type RunResult } from '../run.js';
import { shorten } from '../shrink.js';
import type { Failure, Order, Told } from './messages.js';
import { patched } from './patches.js';

/** A process that lives through runs and tells of each. */
process.once('message', (order: Order) => {
  // Whoever waits for what never comes leaves nothing to do, and Node would end as if all were well.
  process.exitCode = 13;
  work(order).then(
    () => {
      process.exitCode = 0;
      process.disconnect();
    },
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});

async function work({
  server,
  database,
  root,
  seeds,
  shrink,
  stopAtFailure,
  by,
  among,
  tell,
  patches = [],
}: Order): Promise<void> {
  // The kit leaves no promise alone, or this process ends; a mutation may, and is to be caught by what it does to the shop.
  if (patches.length > 0) process.on('unhandledRejection', () => undefined);
  const engine = await catalogEngine(server, database, root, (file, text) => patched(file, text, patches));
  for (let seed = seeds.from; seed <= seeds.to; seed += seeds.step) {
    if (among === 'rebuilds' && planAt(seed).rebuild === undefined) continue;
    const result = await run(engine, { seed });
    const broken = [...new Set(result.violations.map(({ rule }) => rule))];
    const sought = broken.filter((rule) => by?.includes(rule) ?? true);
    const failure = sought.length > 0 ? await failureOf(engine, result, sought, shrink, by === undefined) : undefined;
    const told: Told = {
      seed,
      moments: result.moments,
      seconds: result.seconds,
      faults: result.faults.length,
      done: result.done,
      commands: result.plan.clients.flat().filter(({ kind }) => kind === 'command').length,
      ...(failure === undefined ? {} : { failure }),
      ...(failure === undefined && broken.length > 0 ? { otherwise: broken } : {}),
      ...(tell === true ? { story: result.story() } : {}),
    };
    await new Promise((resolve) => process.send?.(told, resolve));
    if (failure !== undefined && stopAtFailure === true) break;
  }
  await engine.stop();
}

/** `rules` are those that make it a failure. */
async function failureOf(
  engine: Engine,
  result: RunResult,
  rules: readonly Rule[],
  shrink: number,
  isRepeated: boolean,
): Promise<Failure> {
  const again = isRepeated ? await run(engine, { seed: result.seed }) : undefined;
  const short = await shorten((options) => run(engine, options), result, rules, shrink);
  const isSought = ({ rule }: Violation): boolean => rules.includes(rule);
  const violations = [...result.violations.filter(isSought), ...result.violations.filter((one) => !isSought(one))];
  return {
    violations: violations.map(sentence),
    ...(again === undefined ? {} : { repeats: again.story() === result.story() }),
    story: result.story(),
    ...(short === undefined
      ? {}
      : { short: { steps: short.plan.clients.flat().length, faults: short.faults, story: short.story() } }),
  };
}
