import type { Call } from './calls.js';
import { deadly, entriesFailed, held, pause, repeated, Scatter, some, throttled, unanswered } from './obstacles.js';
import type { Dice } from './random.js';
import type { Fault, Planned } from './schedule.js';
import { Rebuilding } from './rebuild.js';
import { SETTLE, type System } from './system.js';
import { kill } from './workers.js';

const WRITES = ['PutItem', 'UpdateItem', 'TransactWriteItems', 'ExecuteStatement', 'ExecuteTransaction'];

/** How long it takes until another worker or session has something to do, in milliseconds. */
const BETWEEN_KILLS = 150;

/** A stop of a rebuild comes so long after its start, in milliseconds. */
const BEFORE_STOP = 3_000;

/** For so many seconds a generation is kept that a rollback may return to. */
const KEPT = 600;

/** Does to the system what a schedule says, at its times. Settles when all faults have ended and all is back. */
export async function disturb(system: System, faults: readonly Planned[], dice: Dice): Promise<void> {
  await Promise.all(
    faults.map(async ({ at, lasts, fault }) => {
      const own = dice.fork();
      await pause(at);
      await BY_KIND[fault.kind](system, fault as never, () => pause(lasts), own);
    }),
  );
}

type Disturbance<K extends Fault['kind']> = (
  system: System,
  fault: Extract<Fault, { kind: K }>,
  lasts: () => Promise<void>,
  dice: Dice,
) => Promise<void>;

const BY_KIND: { readonly [K in Fault['kind']]: Disturbance<K> } = {
  'workers killed': async (system, { of, times }, _, dice) => {
    for (let left = times; left > 0; left -= 1) {
      const workers = system.workersOf(of);
      if (workers.length > 0) kill(dice.pick(workers));
      await pause(BETWEEN_KILLS);
    }
  },

  'killed on a call': async (system, { of, call, when, times }, lasts) => {
    let left = times;
    const meant = ({ caller, name }: Call): boolean =>
      left > 0 && name === call && system.isOf(caller, of) && (left -= 1) >= 0;
    const remove = system.gateway.add(deadly(meant, when, (found) => void system.killCaller(found)));
    await lasts();
    remove();
  },

  'PostgreSQL killed': (system, _, lasts) => system.cloud.restart('postgres', lasts),

  'sessions killed': async (system, { times }) => {
    for (let left = times; left > 0; left -= 1) {
      system.killSession();
      await pause(BETWEEN_KILLS);
    }
  },

  'emulator restarted': async (system, _, lasts) => {
    const away = new AbortController();
    const gone = (): void => away.abort();
    const restarted = system.cloud.restart('emulator', () => {
      gone();
      return lasts();
    });
    void restarted.catch(gone);
    // It waits for the functions that run, which may wait for what is cut off.
    while (!away.signal.aborted) {
      for (const worker of system.workersOf('all functions')) kill(worker);
      await pause(BETWEEN_KILLS);
    }
    await restarted;
  },

  'line cut': async (system, { of, to, how, share }, lasts, dice) => {
    if (how === 'refused') {
      const open = await system.gateway.refuse((caller, line) => line === to && system.isOf(caller, of));
      await lasts();
      await open();
      return;
    }
    const meant = some((call) => call.to === to && system.isOf(call.caller, of), dice, share);
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const obstacle = how === 'unanswered' ? unanswered(meant) : held(meant, ended, how === 'held up');
    const remove = system.gateway.add(obstacle);
    await lasts();
    remove();
    end();
  },

  'events scattered': async (system, { copies, within }, lasts, dice) => {
    const scatter = new Scatter(dice, copies, within);
    const remove = system.gateway.add(scatter.obstacle, 'service');
    await lasts();
    remove();
    await scatter.landed();
  },

  'messages repeated': async (system, { copies }, lasts) => {
    const remove = system.gateway.add(repeated(copies));
    await lasts();
    remove();
  },

  'entries failed': async (system, { share }, lasts, dice) => {
    const remove = system.gateway.add(entriesFailed(dice, share));
    await lasts();
    remove();
  },

  'view rebuilt': async (system, { of, when, stopped, back }) => {
    const killed = new Set<string>();
    const meant = ({ caller, name, body }: Call): boolean => {
      if (!WRITES.includes(name) || !system.isOf(caller, of) || !body.includes('"_generation"')) return false;
      const step = /"step":\{"S":"(\w+)"\}/.exec(body.toString())?.[1];
      if (step === undefined || killed.has(step)) return false;
      killed.add(step);
      return true;
    };
    const remove = system.gateway.add(deadly(meant, when, (found) => void system.killCaller(found)));
    const rebuilding = new Rebuilding(system, of, SETTLE);
    const stopping = stopped ? pause(BEFORE_STOP).then(() => rebuilding.stop()) : Promise.resolve();
    await rebuilding.forward(back ? KEPT : 0);
    await stopping;
    if (back) await rebuilding.back();
    remove();
  },

  'writes throttled': async (system, { of, share }, lasts, dice) => {
    const meant = some(({ caller, name }) => WRITES.includes(name) && system.isOf(caller, of), dice, share);
    const remove = system.gateway.add(throttled(meant, dice));
    await lasts();
    remove();
  },
};
