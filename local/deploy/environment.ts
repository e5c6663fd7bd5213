/**
 * The CDK's toolkit takes endpoints from the process's environment only. Actions of one cloud share it; those of
 * another wait.
 */
let holders = 0;
let held: Record<string, string> = {};
let saved: NodeJS.ProcessEnv = {};
let waiting: (() => void)[] = [];

/** Variables that would lead a client elsewhere. */
const FOREIGN = ['AWS_PROFILE', 'AWS_SESSION_TOKEN', 'AWS_DEFAULT_PROFILE'];

/** Runs the action with the environment set. */
export async function withEnvironment<T>(environment: Record<string, string>, action: () => Promise<T>): Promise<T> {
  while (holders > 0 && held.AWS_ENDPOINT_URL !== environment.AWS_ENDPOINT_URL) {
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
  if (holders++ === 0) {
    held = environment;
    saved = { ...process.env };
    for (const name of FOREIGN) delete process.env[name];
  }
  Object.assign(process.env, environment);
  try {
    return await action();
  } finally {
    if (--holders === 0) {
      for (const name of [...FOREIGN, ...Object.keys(held)]) restore(name);
      const next = waiting;
      waiting = [];
      for (const resume of next) resume();
    }
  }
}

function restore(name: string): void {
  const value = saved[name];
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}
