import { join, resolve } from 'node:path';
import { dataHome } from '../processes/user.js';
import { StateFolder } from './state.js';

/**
 * The files that the parts of a cloud log to, of those that it has: the emulator, PostgreSQL, MariaDB.
 *
 * @example
 * ```ts
 * for (const file of logFiles('.local/state')) if (existsSync(file)) console.log(readFileSync(file, 'utf8'));
 * ```
 */
export function logFiles(stateDirectory: string): string[] {
  const folder = new StateFolder(resolve(stateDirectory));
  return [
    join(folder.emulator, 'emulator.log'),
    join(dataHome(folder.postgres), 'postgres.log'),
    join(dataHome(folder.mariaDb), 'mariadb.log'),
  ];
}
