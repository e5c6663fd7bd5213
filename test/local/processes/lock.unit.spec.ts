import * as fs from 'node:fs';
import * as os from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { identify } from '../../../local/processes/identity.js';
import { tryLock, type FileLock } from '../../../local/processes/lock.js';
import { writeNote } from '../../../local/processes/note.js';

let directory: string;
let path: string;

beforeEach(() => {
  directory = fs.mkdtempSync(join(os.tmpdir(), 'dbpatterns-lock-'));
  path = join(directory, 'lock');
});

afterEach(() => fs.rmSync(directory, { recursive: true, force: true }));

function taken(at = path): FileLock {
  const lock = tryLock(at);
  if (!('release' in lock)) throw new Error(`held by ${lock.pid}`);
  return lock;
}

describe('a lock', () => {
  it('is held by one until it is given up', () => {
    const lock = taken();
    expect(tryLock(path)).toEqual(identify(process.pid));
    lock.release();
    taken().release();
    expect(fs.readdirSync(directory)).toEqual([]);
  });

  it('of a process that died, or that nobody can read, is taken over', () => {
    for (const left of [JSON.stringify({ pid: process.pid, started: 'earlier' }), '{}', 'null', '{"pid":']) {
      fs.writeFileSync(path, left);
      taken().release();
    }
  });

  it('that another has taken meanwhile stays with it', () => {
    const lock = taken();
    const parent = identify(process.ppid);
    if (!parent) throw new Error('the parent has ended');
    writeNote(path, parent);
    lock.release();
    expect(tryLock(path)).toEqual(parent);
  });

  it('is free in a copy of its folder, and held where its folder was moved to', () => {
    taken();
    const copy = join(directory, 'copy');
    fs.mkdirSync(copy);
    fs.cpSync(path, join(copy, 'lock'));
    taken(join(copy, 'lock'));
    fs.renameSync(copy, join(directory, 'moved'));
    expect(tryLock(join(directory, 'moved', 'lock'))).toEqual(identify(process.pid));
  });
});
