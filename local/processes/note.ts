import * as fs from 'node:fs';
import type { ProcessIdentity } from './identity.js';

/** A note also says where it lies, because who copies a folder copies the notes in it, but not the processes. */
interface Note extends ProcessIdentity {
  readonly path?: string;
  readonly inode?: number;
}

/**
 * Writes down a process.
 *
 * @param home where the note will lie, when it is linked to another place afterwards
 */
export function writeNote(path: string, { pid, started }: ProcessIdentity, home = path): void {
  const file = fs.openSync(path, 'w');
  try {
    const note: Note = { pid, started, path: home, inode: fs.fstatSync(file).ino };
    fs.writeSync(file, JSON.stringify(note));
  } finally {
    fs.closeSync(file);
  }
}

/** The process that was written down; `undefined` when there is no note, when it cannot be read, or when it is a copy. */
export function readNote(path: string): ProcessIdentity | undefined {
  try {
    const { pid, started, ...place } = JSON.parse(fs.readFileSync(path, 'utf8')) as Note;
    // a folder that was moved keeps the inode, and some file systems change it: a copy differs in both
    const copied = place.path !== undefined && place.path !== path && place.inode !== fs.statSync(path).ino;
    return copied ? undefined : { pid, started };
  } catch {
    return undefined;
  }
}
