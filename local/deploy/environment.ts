import type { Place } from './place.js';

type Environment = Place['environment'];

/**
 * The CDK's toolkit takes endpoints from the process's environment only. Actions in the same one share it; others wait.
 */
let holders = 0;
let held = '';
let saved: NodeJS.ProcessEnv = {};
let waiting: (() => void)[] = [];

/** Runs the action with the environment set. */
export async function withEnvironment<T>(environment: Environment, action: () => Promise<T>): Promise<T> {
  const wanted = textOf(environment);
  while (holders > 0 && held !== wanted) {
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
  if (holders++ === 0) {
    held = wanted;
    saved = { ...process.env };
    set(environment);
  }
  try {
    return await action();
  } finally {
    if (--holders === 0) {
      set(Object.fromEntries(Object.keys(environment).map((name) => [name, saved[name]])));
      const next = waiting;
      waiting = [];
      for (const resume of next) resume();
    }
  }
}

function textOf(environment: Environment): string {
  return JSON.stringify(Object.entries(environment).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function set(environment: Environment): void {
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}
