import * as fs from 'node:fs';
import { dirname, join } from 'node:path';

/** PostgreSQL refuses to run as root: then it runs as this user (nobody). */
export const UNPRIVILEGED = { uid: 65534, gid: 65534 };

/** The ids to spawn PostgreSQL with; empty when this process is not root. */
export function runAs(): { uid?: number; gid?: number } {
  return process.getuid?.() === 0 ? UNPRIVILEGED : {};
}

/** Hands a file or folder to the user that PostgreSQL runs as. */
export function handOver(path: string): void {
  if (process.getuid?.() === 0) fs.chownSync(path, UNPRIVILEGED.uid, UNPRIVILEGED.gid);
}

/** Hands over a folder with all that is in it. */
export function handOverAll(folder: string): void {
  if (process.getuid?.() !== 0) return;
  handOver(folder);
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) handOverAll(path);
    else handOver(path);
  }
}

/** Whether the user that PostgreSQL runs as can reach the path: a home of root (0700) above it locks it out. */
export function reachable(path: string): boolean {
  if (process.getuid?.() !== 0) return true;
  for (let folder = path; ; folder = dirname(folder)) {
    if (fs.existsSync(folder) && fs.statSync(folder).uid !== UNPRIVILEGED.uid && !(fs.statSync(folder).mode & 1)) {
      return false;
    }
    if (folder === dirname(folder)) return true;
  }
}
