import * as fs from 'node:fs';
import { resolve } from 'node:path';
import { gone, lives, signal } from '../processes/identity.js';
import { tryLock } from '../processes/lock.js';
import { dataHome } from '../processes/user.js';
import { endLeftovers, guardsOf } from './leftovers.js';
import { StateFolder } from './state.js';

/** Longer than emulator and PostgreSQL are given to end. */
const STOP_WITHIN = 30_000;

/**
 * Ends the cloud of a state folder, whichever process keeps it, and waits until everything of it has ended: also what a
 * killed process left behind.
 *
 * @returns whether there was something to end
 */
export async function stopLocalCloud(stateDirectory: string): Promise<boolean> {
  const folder = new StateFolder(resolve(stateDirectory));
  if (!fs.existsSync(folder.directory)) return false;
  const lock = tryLock(folder.lock);
  if ('release' in lock) {
    const left = guardsOf(folder).some(lives);
    await endLeftovers(folder, () => undefined);
    lock.release();
    return left;
  }
  signal(lock.pid, 'SIGTERM');
  if (!(await gone([lock, ...guardsOf(folder)], STOP_WITHIN)) && lives(lock)) {
    signal(lock.pid, 'SIGKILL');
    await gone([lock, ...guardsOf(folder)], STOP_WITHIN);
  }
  return true;
}

/** Ends the cloud of a state folder and forgets everything that it held. */
export async function resetLocalCloud(stateDirectory: string): Promise<void> {
  await stopLocalCloud(stateDirectory);
  const folder = new StateFolder(resolve(stateDirectory));
  for (const part of [folder.postgres, folder.mariaDb]) fs.rmSync(dataHome(part), { recursive: true, force: true });
  fs.rmSync(folder.directory, { recursive: true, force: true });
}
