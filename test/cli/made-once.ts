import * as fs from 'node:fs';
import { join, resolve } from 'node:path';

/** Lends a folder the emulator's Python and an empty PostgreSQL, which are made once for this machine. */
export function lendWhatIsMadeOnce(directory: string): void {
  fs.chmodSync(directory, 0o755);
  fs.mkdirSync(join(directory, '.local'));
  for (const name of fs.readdirSync('.local')) {
    if (!/^(python|postgres-[^.]+[^k])/.test(name) || name.endsWith('.lock')) continue;
    fs.symlinkSync(resolve('.local', name), join(directory, '.local', name));
  }
}
