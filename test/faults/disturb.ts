import type { Call } from './calls.js';
import {
  deadly,
  entriesFailed,
  held,
  pause,
  repeated,
  Scatter,
  some,
  telling,
  throttled,
  unanswered,
  type Struck,
} from './obstacles.js';
import type { Dice } from './random.js';
import { Rebuilding, stepNoted } from './rebuild.js';
import type { Fault, Schedule, Strikes } from './schedule.js';
import type { System } from './system.js';
import { kill } from './workers.js';

const WRITES = ['PutItem', 'UpdateItem', 'TransactWriteItems', 'ExecuteStatement', 'ExecuteTransaction'];

/** How long it takes until another worker or session has something to do, in milliseconds. */
const BETWEEN_KILLS = 150;

/** A stop of a rebuild comes so long after its start, in milliseconds. */
const BEFORE_STOP = 3_000;

/** Faults on their way. */
export interface Disturbance {
  /** Settles when clients may end: the load has lasted, and so have the rebuilds. */
  readonly traffic: Promise<void>;
  /** Settles when all faults have ended and all is back: what did not get to its end, in words. */
  readonly over: Promise<string[]>;
  /** What each fault has struck so far, in the order of the schedule. */
  readonly strikes: readonly Strikes[];
}

/** Does to the system what a schedule says, at its times. */
export function disturb(system: System, { load, faults }: Schedule, dice: Dice): Disturbance {
  const unfinished: string[] = [];
  const failed = (what: string): void => void unfinished.push(what);
  const strikes = faults.map(() => new Map<string, number>());
  const begun = faults.map(({ at, lasts, fault }, index) => {
    const own = dice.fork();
    const struck: Struck = (what) => void strikes[index]?.set(what, (strikes[index].get(what) ?? 0) + 1);
    const until = (): Promise<void> => (lasts === 'throughout' ? traffic : pause(lasts));
    const doing = async (): Promise<void> => {
      await pause(at);
      await BY_KIND[fault.kind](system, fault as never, { until, dice: own, struck, failed });
    };
    return { done: doing(), isRebuild: fault.kind === 'view rebuilt' };
  });
  const rebuilds = begun.filter(({ isRebuild }) => isRebuild).map(({ done }) => done);
  const traffic = Promise.all([pause(load), ...rebuilds]).then(() => undefined);
  return { traffic, over: Promise.all(begun.map(({ done }) => done)).then(() => unfinished), strikes };
}

/** What a fault is done with. */
interface Means {
  /** Waits until it ends. */
  readonly until: () => Promise<void>;
  readonly dice: Dice;
  readonly struck: Struck;
  /** Takes what did not get to its end, in words. */
  readonly failed: (what: string) => void;
}

/** Does a fault until its end. */
type Disturbing<K extends Fault['kind']> = (
  system: System,
  fault: Extract<Fault, { kind: K }>,
  means: Means,
) => Promise<void>;

const BY_KIND: { readonly [K in Fault['kind']]: Disturbing<K> } = {
  'workers killed': async (system, { of, times }, { dice, struck }) => {
    for (let left = times; left > 0; left -= 1) {
      const workers = system.workersOf(of);
      if (workers.length > 0 && kill(dice.pick(workers))) struck('a worker');
      await pause(BETWEEN_KILLS);
    }
  },

  'killed on a call': async (system, { of, call, when, times }, { until, struck }) => {
    let left = times;
    const meant = ({ caller, name }: Call): boolean =>
      left > 0 && name === call && system.isOf(caller, of) && (left -= 1) >= 0;
    const killing = (found: Call): void => {
      if (system.killCaller(found)) struck(call);
    };
    const remove = system.gateway.add(deadly(meant, when, killing));
    await until();
    remove();
  },

  'PostgreSQL killed': async (system, _, { until, struck }) => {
    await system.cloud.restart('postgres', until);
    struck('PostgreSQL');
  },

  'sessions killed': async (system, { times }, { struck }) => {
    for (let left = times; left > 0; left -= 1) {
      if (system.killSession()) struck('a session');
      await pause(BETWEEN_KILLS);
    }
  },

  'emulator restarted': async (system, _, { until, struck }) => {
    const away = new AbortController();
    const gone = (): void => away.abort();
    const restarted = system.cloud.restart('emulator', () => {
      gone();
      return until();
    });
    void restarted.catch(gone);
    // It waits for the functions that run, which may wait for what is cut off.
    while (!away.signal.aborted) {
      for (const worker of system.workersOf('all functions')) kill(worker);
      await pause(BETWEEN_KILLS);
    }
    await restarted;
    struck('the emulator');
  },

  'line cut': async (system, { of, to, how, share }, { until, dice, struck }) => {
    if (how === 'refused') {
      const isMeant = (caller: string, line: Call['to']): boolean => line === to && system.isOf(caller, of);
      const open = await system.gateway.refuse(isMeant, () => struck('a connection'));
      await until();
      await open();
      return;
    }
    const meant = telling(
      some((call) => call.to === to && system.isOf(call.caller, of), dice, share),
      struck,
    );
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const obstacle = how === 'unanswered' ? unanswered(meant) : held(meant, ended, how === 'held up');
    const remove = system.gateway.add(obstacle);
    await until();
    remove();
    end();
  },

  'events scattered': async (system, { copies, within }, { until, dice, struck }) => {
    const scatter = new Scatter(dice, copies, within, struck);
    const remove = system.gateway.add(scatter.obstacle, 'service');
    await until();
    remove();
    await scatter.landed();
  },

  'messages repeated': async (system, { copies }, { until, struck }) => {
    const remove = system.gateway.add(repeated(copies, struck));
    // A container sends a sweep before its first write, and then none for minutes: new ones send theirs.
    for (const worker of system.workersOf('the commands of products')) kill(worker);
    await until();
    remove();
  },

  'entries failed': async (system, { share }, { until, dice, struck }) => {
    const remove = system.gateway.add(entriesFailed(dice, share, struck));
    await until();
    remove();
  },

  'writes throttled': async (system, { of, share }, { until, dice, struck }) => {
    const isWrite = ({ caller, name }: Call): boolean => WRITES.includes(name) && system.isOf(caller, of);
    const remove = system.gateway.add(throttled(telling(some(isWrite, dice, share), struck), dice));
    await until();
    remove();
  },

  'view rebuilt': async (system, { of, when, stopped, back }, { struck, failed }) => {
    const met = new Set<string>();
    const meant = (call: Call): boolean => {
      const step = system.isOf(call.caller, of) ? stepNoted(call) : undefined;
      if (step === undefined || met.has(step)) return false;
      met.add(step);
      return true;
    };
    const killing = (call: Call): void => {
      const step = stepNoted(call) ?? call.name;
      if (system.killCaller(call)) struck(step);
      // It was gone already: the step is still to come, since nobody has heard that it is noted.
      else met.delete(step);
    };
    const remove = system.gateway.add(deadly(meant, when, killing));
    const rebuilding = new Rebuilding(system, of, struck);
    let isOver = false;
    const stopping = stopped ? pause(BEFORE_STOP).then(() => rebuilding.stop(() => isOver)) : undefined;
    for (const wrong of await rebuilding.through(back)) failed(wrong);
    isOver = true;
    await stopping;
    remove();
  },
};
