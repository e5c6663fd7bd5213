import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import { dirname, join } from 'node:path';
import { LocalCloudError } from '../errors.js';

/** Database servers refuse to run as root: then they run as this user (nobody). */
export const UNPRIVILEGED = { uid: 65534, gid: 65534 };

/** The ids to spawn a database server with; empty when this process is not root. */
export function runAs(): { uid?: number; gid?: number } {
  return process.getuid?.() === 0 ? UNPRIVILEGED : {};
}

/** Hands a file or folder to the user that the servers run as. */
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

/** Whether the user that the servers run as can reach the path: a home of root (0700) above it locks it out. */
export function reachable(path: string): boolean {
  if (process.getuid?.() !== 0) return true;
  for (let folder = path; ; folder = dirname(folder)) {
    if (fs.existsSync(folder) && fs.statSync(folder).uid !== UNPRIVILEGED.uid && !(fs.statSync(folder).mode & 1)) {
      return false;
    }
    if (folder === dirname(folder)) return true;
  }
}

/**
 * Where a server's data lies: in the given folder, or in a shared one when the user that it runs as is locked out of it
 * (a process of root whose working directory is below a private home).
 */
export function dataHome(directory: string): string {
  if (reachable(directory)) return directory;
  const key = createHash('sha256').update(directory).digest('hex').slice(0, 16);
  return join(sharedFolder(), key);
}

/**
 * A folder that every user can reach.
 *
 * @throws LocalCloudError when somebody else made it: /var/tmp is open to all
 */
export function sharedFolder(): string {
  const user = process.getuid?.() ?? 0;
  const folder = join(os.platform() === 'darwin' ? '/private/var/tmp' : '/var/tmp', `dbpatterns-${user}`);
  const found = fs.lstatSync(folder, { throwIfNoEntry: false });
  if (found && (!found.isDirectory() || found.uid !== user)) {
    throw new LocalCloudError('FOLDER_FOREIGN', `${folder} belongs to another user: remove it, and try again`);
  }
  return folder;
}
