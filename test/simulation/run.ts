import { check, type Violation } from '../support/checker/index.js';
import { Random } from './core/random.js';
import { AT_REST } from './core/story.js';
import { World } from './core/world.js';
import type { Engine } from './models/postgres/engine.js';
import { away } from './shop/away.js';
import { gathered, logOf } from './shop/gathered.js';
import { rebuiltOf } from './shop/generations.js';
import { Historian } from './shop/historian.js';
import { inspect } from './shop/inspection.js';
import { Mender } from './shop/mender.js';
import { Operator } from './shop/operator.js';
import { outage } from './shop/outage.js';
import { planOf, POISON, type Plan } from './shop/plan.js';
import { release } from './shop/release.js';
import { openShop } from './shop/shop.js';
import { Visitors } from './shop/visitors.js';

/** Which run. The seed says all of it, unless a plan or faults are given: then only those. */
export interface RunOptions {
  readonly seed: number;
  readonly plan?: Plan;
  readonly faults?: readonly string[];
}

/** What was done in a run. */
export interface Done {
  /** Commands that were accepted. */
  readonly accepted: number;
  /** Questions of visitors that were answered. */
  readonly answered: number;
  /** Views whose readers have moved to another generation. */
  readonly swaps: number;
}

/** What a run came to. */
export interface RunResult {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly plan: Plan;
  /** The faults that happened. */
  readonly faults: readonly string[];
  /** What was done in it: a run in which nothing works breaks few rules. */
  readonly done: Done;
  readonly moments: number;
  /** The virtual time that it took, in seconds. */
  readonly seconds: number;
  story(last?: number): string;
}

/**
 * A run that lasts longer than this never comes to rest, in milliseconds of virtual time. What a reaction cannot do is
 * tried for some hours, and a stream that loses something is away for a day.
 */
const LONGEST = 12 * 3_600_000;
const LONGEST_OUTAGE = 36 * 3_600_000;

/** A run has some hundreds of moments, with a rebuild up to some thousands. */
const MOST = 20_000;

/** How often what was left of a rebuild is resumed when nothing goes wrong any more. */
const RESUMED = 3;

/** Lives through one run: visitors come and things go wrong, then nothing does any more and all comes to rest. */
export async function run(engine: Engine, options: RunOptions): Promise<RunResult> {
  const world = new World(options);
  const { plan = planAt(options.seed) } = options;
  await engine.empty();
  const shop = openShop(world, engine, plan);
  const works: Promise<void>[] = [];
  const operator = new Operator(world, shop);
  const visitors = new Visitors(world, shop, plan, operator.reached.bind(operator), () => {
    mender.leave();
    void Promise.all(works).then(() => {
      world.story.tell('the world', 'all visitors are gone; nothing goes wrong any more');
      world.faults.end();
    });
  });
  const mender = new Mender(world, shop, engine, plan);
  if (plan.upgrade !== undefined) works.push(release(world, shop, plan.upgrade));
  if (plan.outage !== undefined) works.push(outage(world, shop, plan.outage));
  if (plan.away !== undefined) works.push(away(world, shop, plan.away));
  if (plan.rebuild !== undefined) void operator.follow(plan.rebuild);
  visitors.enter();
  if (plan.isWatched === true) mender.watch();
  const { timeline } = world;
  const longest = plan.outage === undefined ? LONGEST : LONGEST_OUTAGE;
  const isTooLong = (): boolean => timeline.now > longest || timeline.moments > MOST;
  await timeline.live(isTooLong);
  const rebuilding = plan.rebuild === undefined ? [] : [plan.rebuild.view];
  const rebuilt = async () =>
    Promise.all(rebuilding.map(async (view) => ({ view, ...(await rebuiltOf(shop, engine, view)) })));
  const unfinishedRebuilds = async () => (await rebuilt()).filter(({ isUnfinished }) => isUnfinished);
  const log = await logOf(shop, engine);
  while (await mender.finish(log)) await timeline.live(isTooLong);
  for (let times = 0; times < RESUMED && (await unfinishedRebuilds()).length > 0; times += 1) {
    for (const { view } of await unfinishedRebuilds()) void operator.execute(view, { resume: true, keep: 5 });
    await timeline.live(isTooLong);
  }
  while (await mender.finish(log)) await timeline.live(isTooLong);
  world.story.tell('the world', AT_REST);
  const historian = new Historian(world, shop);
  historian.read(log);
  await timeline.live(isTooLong);
  // Where nothing went wrong, all of it was answered at once.
  const isCalm = isUnhindered(plan) && world.faults.happened.length === 0;
  const unansweredBefore = isCalm ? [...visitors.unanswered] : [];
  const before = visitors.unanswered.length;
  const { answered } = visitors;
  void inspect(world, visitors, log);
  await timeline.live(isTooLong);
  const views = await rebuilt();
  const isUndone = ({ view, shown }: (typeof views)[number]): boolean =>
    isCalm && plan.rebuild?.view === view && plan.rebuild.meddling.length === 0 && shown !== 2;
  const unfinished = [
    ...(isTooLong() ? ['the run'] : shop.dataApi.unfinished),
    ...unansweredBefore,
    ...visitors.unanswered.slice(before).map((what) => `${what} at rest`),
    ...views.filter(isUndone).map(({ view }) => `the rebuild of ${view} that nothing hindered`),
    ...(await unfinishedRebuilds()).map(({ view }) => `the rebuild of ${view}`),
    ...views.filter(({ leftovers }) => leftovers > 0).map(({ view }) => `an old generation of ${view}`),
    ...historian.unfinished,
  ];
  const evidence = await gathered(shop, engine, visitors, {
    log,
    history: historian.readings,
    passed: mender.passed,
    parked: [...mender.mistaken, ...(await mender.left())],
    // What the stream loses is published again, as everything has to be.
    given: plan.outage === undefined ? shop.stream.given.map(({ sequence }) => `change ${sequence}`) : [],
    unfinished,
  });
  return {
    seed: options.seed,
    violations: check(evidence),
    plan,
    faults: world.faults.happened,
    done: {
      accepted: visitors.commands.filter(({ answers }) => answers.some(({ outcome }) => outcome === 'accepted')).length,
      answered,
      swaps: views.filter(({ shown }) => shown > 1).length,
    },
    moments: timeline.moments,
    seconds: Math.round(timeline.now / 1000),
    story: (last) => world.story.text(last),
  };
}

/** What a seed plans. */
export function planAt(seed: number): Plan {
  return planOf(Random.of(seed).split('plan'));
}

/** Whether all that is planned can be done where nothing goes wrong. */
function isUnhindered(plan: Plan): boolean {
  const isPoisoned = plan.clients.flat().some((step) => JSON.stringify(step).includes(POISON));
  return !isPoisoned && plan.upgrade === undefined && plan.outage === undefined && plan.away === undefined;
}
