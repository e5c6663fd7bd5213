import { LocalCloudError } from './errors.js';

/**
 * Refuses what cannot name a database, on any engine.
 *
 * @param reserved names that the engine or this cloud uses itself
 * @throws LocalCloudError `INVALID_NAME`
 */
export function checkDatabaseName(name: string, reserved: ReadonlySet<string>): void {
  if (/^[a-z][a-z0-9_]{0,39}$/.test(name) && !reserved.has(name)) return;
  throw new LocalCloudError(
    'INVALID_NAME',
    `"${name}" cannot name a database: lower-case letters, digits and _, starting with a letter, at most 40, ` +
      `and none of ${[...reserved].join(', ')}`,
  );
}
