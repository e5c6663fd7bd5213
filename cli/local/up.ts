import { spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { attachLocalCloud, stopLocalCloud, targetOf, type LocalCloud } from 'cdk-database-patterns-local';
import { readProject, stateDirectory } from '../project.js';
import { answerSignals, INTERRUPTED } from '../signals.js';
import { UserError } from '../user-error.js';
import type { SupervisorMessage, SupervisorTask } from './messages.js';
import { StartProgress } from './progress.js';

/** `dbpatterns local up` */
export async function up(options: { auth?: boolean; documentedLimits?: boolean; target?: string }): Promise<void> {
  const { databases } = readProject();
  const { auth = false, documentedLimits = false } = options;
  const target = targetOf(options.target ?? 'embedded');
  const { cloud, started } = await ensureUp({
    stateDirectory: stateDirectory(),
    databases,
    auth,
    documentedLimits,
    target,
  });
  if (options.target !== undefined && cloud.target !== target) {
    throw new UserError(
      `the local cloud at ${cloud.endpoint} was up already, with the target '${cloud.target}': ` +
        `end it with "dbpatterns local down", then start it with "dbpatterns local up --target ${target}"`,
    );
  }
  if (auth && !cloud.auth) {
    throw new UserError(
      `the local cloud at ${cloud.endpoint} was up already, and it does not enforce IAM: ` +
        'end it with "dbpatterns local down", then start it with "dbpatterns local up --auth"',
    );
  }
  if (documentedLimits && !cloud.documentedLimits) {
    throw new UserError(
      `the local cloud at ${cloud.endpoint} was up already, and its RDS Data API carries rows over 64 KB: ` +
        'end it with "dbpatterns local down", then start it with "dbpatterns local up --documented-limits"',
    );
  }
  const names = Object.keys(cloud.databases).join(', ') || 'none';
  const iam = cloud.auth ? '; IAM is enforced' : '';
  console.log(
    `The local cloud ${started ? 'is ready' : 'was up already'} at ${cloud.endpoint} (databases: ${names}${iam}).`,
  );
}

/** The running cloud with the wanted databases; starts it when there is none. Interrupted, it takes that down again. */
export async function ensureUp(task: SupervisorTask): Promise<{ cloud: LocalCloud; started: boolean }> {
  const running = await attach(task.stateDirectory);
  if (running) {
    for (const name of task.databases) await running.createDatabase(name);
    return { cloud: running, started: false };
  }
  const interruption = new Interruption();
  try {
    const { waited } = await start(task, interruption);
    const cloud = await attachLocalCloud(task.stateDirectory);
    for (const name of task.databases) await cloud.createDatabase(name);
    if (interruption.happened) throw await undo(task, waited);
    return { cloud, started: !waited };
  } finally {
    interruption.close();
  }
}

async function attach(directory: string): Promise<LocalCloud | undefined> {
  try {
    return await attachLocalCloud(directory);
  } catch {
    return undefined;
  }
}

/** Starts the supervisor and waits until it is ready. */
async function start(task: SupervisorTask, interruption: Interruption): Promise<{ waited: boolean }> {
  fs.mkdirSync(task.stateDirectory, { recursive: true });
  const log = fs.openSync(join(task.stateDirectory, 'supervisor.log'), 'a');
  const script = fileURLToPath(new URL(`./supervisor${extname(import.meta.url)}`, import.meta.url));
  const child = spawn(process.execPath, [...process.execArgv, script, JSON.stringify(task)], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  });
  fs.closeSync(log);
  interruption.act = () => child.kill('SIGTERM');
  const progress = new StartProgress(task.databases);
  const { failure, waited } = await started(child, progress);
  const error = interruption.happened ? await undo(task, waited) : failure;
  await progress.end(error);
  if (error) throw error;
  interruption.act = () => undefined;
  if (child.connected) child.disconnect();
  child.unref();
  return { waited };
}

/** Takes down what an interrupted command has started; what it only waited for belongs to another. */
async function undo(task: SupervisorTask, waited: boolean): Promise<UserError> {
  if (!waited) await stopLocalCloud(task.stateDirectory);
  const left = waited ? 'the local cloud belongs to another command, which goes on' : 'nothing is left running';
  return new UserError(`interrupted; ${left}`, { exitCode: INTERRUPTED });
}

interface Outcome {
  readonly failure: UserError | undefined;
  /** Whether the cloud was another process's to start. */
  readonly waited: boolean;
}

/** Waits until the supervisor is ready, has failed, or has ended. */
async function started(child: ChildProcess, progress: StartProgress): Promise<Outcome> {
  const outcome: { failure: string | undefined; waited: boolean } = {
    failure: 'the supervisor ended before the local cloud was ready',
    waited: false,
  };
  await new Promise<void>((resolve) => {
    child.once('error', ({ message }) => {
      outcome.failure = message;
      resolve();
    });
    child.once('exit', () => {
      resolve();
    });
    child.on('message', (message: SupervisorMessage) => {
      if (message.type === 'progress') {
        outcome.waited = false;
        progress.show(message.progress);
      }
      if (message.type === 'waiting') {
        outcome.waited = true;
        progress.wait();
      }
      if (message.type === 'failed') outcome.failure = message.message;
      if (message.type === 'ready') {
        outcome.failure = undefined;
        resolve();
      }
    });
  });
  const { failure, waited } = outcome;
  return { failure: failure === undefined ? undefined : new UserError(failure), waited };
}

/** Holds signals back, so that they are answered in order. */
class Interruption {
  happened = false;
  act: () => void = () => undefined;

  constructor() {
    answerSignals(() => {
      this.happened = true;
      this.act();
    });
  }

  close(): void {
    answerSignals(undefined);
  }
}
