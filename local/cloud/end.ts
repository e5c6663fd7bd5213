import * as fs from 'node:fs';
import { resolve } from 'node:path';
import { ComposeProject } from '../localstack/compose.js';
import { gone, lives, signal } from '../processes/identity.js';
import { tryLock, type FileLock } from '../processes/lock.js';
import { dataHome } from '../processes/user.js';
import { endLeftovers, guardsOf } from './leftovers.js';
import { StateFolder } from './state.js';

/** Longer than emulator and PostgreSQL are given to end. */
const STOP_WITHIN = 30_000;
/** Docker gives each container ten seconds, and those that others depend on wait for these. */
const CONTAINERS_STOP_WITHIN = 90_000;

/**
 * Ends the cloud of a state folder, whichever process keeps it, and waits until everything of it has ended: also what a
 * killed process left behind.
 *
 * @returns whether there was something to end
 * @throws LocalCloudError `EMULATOR_FAILED` where Docker did not take down the containers, with what it said
 */
export async function stopLocalCloud(stateDirectory: string): Promise<boolean> {
  const folder = new StateFolder(resolve(stateDirectory));
  if (!fs.existsSync(folder.directory)) return false;
  const containers = new ComposeProject(folder);
  const lock = tryLock(folder.lock);
  if ('release' in lock) return endUnkept(folder, containers, lock);
  signal(lock.pid, 'SIGTERM');
  const within = containers.exists() ? CONTAINERS_STOP_WITHIN : STOP_WITHIN;
  if (!(await gone([lock, ...guardsOf(folder)], within)) && lives(lock)) {
    signal(lock.pid, 'SIGKILL');
    await gone([lock, ...guardsOf(folder)], STOP_WITHIN);
  }
  if (containers.exists()) {
    const free = tryLock(folder.lock);
    if ('release' in free) await endUnkept(folder, containers, free);
  }
  return true;
}

/** Ends what a process left behind that keeps the cloud no more. */
async function endUnkept(folder: StateFolder, containers: ComposeProject, lock: FileLock): Promise<boolean> {
  try {
    const left = guardsOf(folder).some(lives) || containers.exists();
    await endLeftovers(folder, () => undefined);
    return left;
  } finally {
    lock.release();
  }
}

/** Ends the cloud of a state folder and forgets everything that it held. */
export async function resetLocalCloud(stateDirectory: string): Promise<void> {
  await stopLocalCloud(stateDirectory);
  const folder = new StateFolder(resolve(stateDirectory));
  for (const part of [folder.postgres, folder.mariaDb]) fs.rmSync(dataHome(part), { recursive: true, force: true });
  fs.rmSync(folder.directory, { recursive: true, force: true });
}
