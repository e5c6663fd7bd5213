import * as fs from 'node:fs';
import { join, relative, sep } from 'node:path';
import { zipSync, type Zippable } from 'fflate';

/** 1 January 1980, the first day that an archive knows: the same content gives the same bytes. */
const DATE = new Date(1980, 0, 1);
const UNIX = 3;
const REGULAR_FILE = 0o100755;

/** The files of a folder as a ZIP archive without compression: it goes to the same machine. */
export function zipFolder(folder: string): Uint8Array {
  const files: Zippable = {};
  for (const path of filesOf(folder)) files[relative(folder, path).split(sep).join('/')] = fs.readFileSync(path);
  return zipSync(files, { level: 0, mtime: DATE, os: UNIX, attrs: (REGULAR_FILE << 16) >>> 0 });
}

/** All files below a folder, in a stable order. */
function filesOf(folder: string): string[] {
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return fs.statSync(path).isDirectory() ? filesOf(path) : [path];
    });
}
