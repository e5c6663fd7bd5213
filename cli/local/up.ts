import { spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { attachLocalCloud, stopLocalCloud, type LocalCloud } from 'cdk-database-patterns-local';
import { readProject, stateDirectory } from '../project.js';
import { UserError } from '../user-error.js';
import type { SupervisorMessage, SupervisorTask } from './messages.js';
import { StartProgress } from './progress.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** What shells say of a program that was interrupted. */
const INTERRUPTED = 130;

/** `dbpatterns local up` */
export async function up(options: { auth?: boolean }): Promise<void> {
  const { databases } = readProject();
  const { cloud, started } = await ensureUp({
    stateDirectory: stateDirectory(),
    databases,
    auth: options.auth ?? false,
  });
  const names = Object.keys(cloud.databases).join(', ') || 'none';
  console.log(`The local cloud ${started ? 'is ready' : 'was up already'} at ${cloud.endpoint} (databases: ${names}).`);
}

/** The running cloud with the wanted databases; starts it when there is none. */
export async function ensureUp(task: SupervisorTask): Promise<{ cloud: LocalCloud; started: boolean }> {
  const running = await attach(task.stateDirectory);
  if (!running) await start(task);
  const cloud = running ?? (await attachLocalCloud(task.stateDirectory));
  for (const name of task.databases) await cloud.createDatabase(name);
  return { cloud, started: !running };
}

async function attach(directory: string): Promise<LocalCloud | undefined> {
  try {
    return await attachLocalCloud(directory);
  } catch {
    return undefined;
  }
}

/** Starts the supervisor and waits until it is ready. Interrupted before, it takes everything down again. */
async function start(task: SupervisorTask): Promise<void> {
  fs.mkdirSync(task.stateDirectory, { recursive: true });
  const log = fs.openSync(join(task.stateDirectory, 'supervisor.log'), 'a');
  const script = fileURLToPath(new URL(`./supervisor${extname(import.meta.url)}`, import.meta.url));
  const child = spawn(
    process.execPath,
    [...process.execArgv, '--disable-warning=NodeVersionSupportWarning', script, JSON.stringify(task)],
    {
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
    },
  );
  fs.closeSync(log);
  const progress = new StartProgress();
  const outcome = await started(child, progress);
  if (outcome.interrupted) await stopLocalCloud(task.stateDirectory);
  await progress.end(outcome.ready ? undefined : new Error(outcome.failure));
  if (!outcome.ready) throw new UserError(outcome.failure, { exitCode: outcome.interrupted ? INTERRUPTED : 1 });
  if (child.connected) child.disconnect();
  child.unref();
}

interface Outcome {
  readonly ready: boolean;
  readonly interrupted: boolean;
  readonly failure: string;
}

/** Waits until the supervisor is ready, has failed, or was ended because this command was interrupted. */
async function started(child: ChildProcess, progress: StartProgress): Promise<Outcome> {
  const outcome = {
    ready: false,
    interrupted: false,
    failure: 'the supervisor ended before the local cloud was ready',
  };
  const interrupt = () => {
    Object.assign(outcome, { interrupted: true, failure: 'interrupted; nothing is left running' });
    child.kill('SIGTERM');
  };
  for (const signal of SIGNALS) process.on(signal, interrupt);
  await new Promise<void>((resolve) => {
    child.once('error', ({ message }) => {
      outcome.failure = message;
      resolve();
    });
    child.once('exit', () => {
      resolve();
    });
    child.on('message', (message: SupervisorMessage) => {
      if (message.type === 'progress') progress.show(message.progress);
      if (message.type === 'failed') outcome.failure = message.message;
      if (message.type === 'ready') {
        outcome.ready = true;
        resolve();
      }
    });
  });
  for (const signal of SIGNALS) process.off(signal, interrupt);
  return { ...outcome, ready: outcome.ready && !outcome.interrupted };
}
