import { resolve } from 'node:path';
import { LocalCloudError } from '../errors.js';
import { Containers } from '../localstack/containers.js';
import { tryLock } from '../processes/lock.js';
import type { StartedCloud } from './cloud.js';
import type { LocalCloudOptions } from './options.js';
import { Processes } from './processes.js';
import { StateFolder } from './state.js';
import { refuseLacking } from './target.js';

/**
 * Starts a local cloud: the AWS emulator, PostgreSQL and an RDS Data API, side by side, all on 127.0.0.1. They end with
 * this process, however it ends; `stop()` ends them before.
 *
 * @throws LocalCloudError `ALREADY_RUNNING` when another process uses the state folder, or the reason why a part did
 * not start, with the mend
 * @example
 * ```ts
 * const cloud = await startLocalCloud({ stateDirectory: '.local/state', databases: ['catalog'] });
 * Object.assign(process.env, cloud.environment);
 * ```
 */
export async function startLocalCloud(options: LocalCloudOptions): Promise<StartedCloud> {
  refuseLacking(options.target ?? 'embedded', options);
  const folder = new StateFolder(resolve(options.stateDirectory));
  const lock = tryLock(folder.lock);
  if (!('release' in lock)) {
    throw new LocalCloudError(
      'ALREADY_RUNNING',
      `${folder.directory} is in use by process ${lock.pid}: attach to that cloud, stop it, or choose another folder`,
    );
  }
  const start = options.target === 'localstack' ? new Containers(folder, options) : new Processes(folder, options);
  try {
    return await start.run(() => lock.release());
  } catch (error) {
    // what does not end either is less than why it did not start
    await start.end().catch(() => undefined);
    lock.release();
    throw error;
  }
}
