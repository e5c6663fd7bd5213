import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { identify, lives, type ProcessIdentity } from './identity.js';
import { readNote, writeNote } from './note.js';

/** A lock held by this process. */
export interface FileLock {
  release(): void;
}

/** Takes the lock, or answers who holds it. A lock whose holder died is taken over. */
export function tryLock(path: string): FileLock | ProcessIdentity {
  const self = identify(process.pid);
  if (!self) throw new Error(`process ${process.pid} cannot see itself`);
  fs.mkdirSync(dirname(path), { recursive: true });
  // written whole and then linked, so that nobody reads half a lock
  const mine = `${path}.${process.pid}.${Math.round(performance.now() * 1000)}`;
  writeNote(mine, self, path);
  try {
    for (;;) {
      try {
        fs.linkSync(mine, path);
        return { release: () => release(path, self) };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = readNote(path);
      if (holder && lives(holder)) return holder;
      if (!holder && fs.existsSync(path)) fs.rmSync(path, { force: true });
      else if (holder) takeOver(path, holder, mine);
    }
  } finally {
    fs.rmSync(mine, { force: true });
  }
}

/** Runs with the lock held; waits for its holder. `onWait` is called once when it must wait. */
export async function withLock<T>(path: string, action: () => Promise<T>, onWait?: () => void): Promise<T> {
  let waited = false;
  for (;;) {
    const lock = tryLock(path);
    if ('release' in lock) {
      try {
        return await action();
      } finally {
        lock.release();
      }
    }
    if (!waited) onWait?.();
    waited = true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Gives the lock up; one that another process has meanwhile is its own. */
function release(path: string, self: ProcessIdentity): void {
  const holder = readNote(path);
  if (holder?.pid === self.pid && holder.started === self.started) fs.rmSync(path, { force: true });
}

/** Moves a dead holder's lock away; puts it back if a third process was faster and the lock is a living one. */
function takeOver(path: string, dead: ProcessIdentity, mine: string): void {
  const aside = `${mine}.stale`;
  try {
    fs.renameSync(path, aside);
  } catch {
    return;
  }
  const moved = readNote(aside);
  if (moved && (moved.pid !== dead.pid || moved.started !== dead.started)) {
    try {
      fs.linkSync(aside, path);
    } catch {
      // taken again meanwhile
    }
  }
  fs.rmSync(aside, { force: true });
}
