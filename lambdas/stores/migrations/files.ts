import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One file of SQL that is applied once. */
export interface Migration {
  /** `kit/0001_outbox.sql` or `app/0001_products.sql`. */
  readonly name: string;
  readonly text: string;
}

/** The first line of a migration whose statements commit one by one, because one of them cannot run otherwise. */
const ALONE = '-- dbpatterns:no-transaction';

/** The migrations of a folder: the kit's own in `kit/`, then the application's in `app/`, each in the order of names. */
export function readMigrations(directory: string): Migration[] {
  return ['kit', 'app'].flatMap((group) => {
    const folder = join(directory, group);
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .filter((file) => file.endsWith('.sql'))
      .sort()
      .map((file) => ({ name: `${group}/${file}`, text: readFileSync(join(folder, file), 'utf8') }));
  });
}

/** SHA-256 of the text in hex, the same whatever a checkout does to line ends. */
export function checksumOf({ text }: Migration): string {
  return createHash('sha256').update(text.replaceAll('\r\n', '\n')).digest('hex');
}

/** Whether its statements commit one by one. Such a migration must be safe to run again. */
export function runsAlone({ text }: Migration): boolean {
  return text.trimStart().startsWith(ALONE);
}

/** Whether it is one of the kit's own. */
export function isKit({ name }: Migration): boolean {
  return name.startsWith('kit/');
}
