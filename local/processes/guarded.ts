import { spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import { identify, type ProcessIdentity } from './identity.js';
import { readNote, writeNote } from './note.js';

/**
 * The guard is a shell that leads its own process group and holds the read end of a pipe to us. When the pipe closes
 * (we asked for it, or we died, by whatever signal), it ends the program politely and, after the grace, ends the whole
 * group. So nothing is left running, however this process comes to its end.
 */
const GUARD = `
note=$1 signal=$2 grace=$3; shift 3
exec 3<&0
"$@" </dev/null 3<&- & child=$!
{ cat <&3 >/dev/null; kill -s "$signal" "$child"; sleep "$grace"; kill -s KILL 0; } >/dev/null 2>&1 &
wait "$child"; code=$?
echo "$code" >"$note"
kill -s KILL 0
`;

/** How to run a program under guard. */
export interface GuardedOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** File that receives standard output and error, appended. */
  readonly log: string;
  /** File that receives the exit code; removed at the start, so its absence means that the end was not seen. */
  readonly note: string;
  /** Signal that asks the program to end. */
  readonly signal: 'TERM' | 'INT';
  /** Seconds between that signal and the end of the whole group. */
  readonly grace: number;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
}

/** A program under guard. */
export interface GuardedProcess {
  /** The guard's process id, which is also the id of the process group. */
  readonly pid: number;
  /** Settles with the exit code when the program and its group have ended; `undefined` when nobody saw the code. */
  readonly exited: Promise<number | undefined>;
  isRunning(): boolean;
  /** Ends the program and its group; settles when they have ended. */
  stop(): Promise<number | undefined>;
}

/** Starts a program under guard. */
export function spawnGuarded(options: GuardedOptions): GuardedProcess {
  fs.rmSync(options.note, { force: true });
  const log = fs.openSync(options.log, 'a');
  const { note, signal, grace, command, args } = options;
  const child = spawn('/bin/sh', ['-c', GUARD, 'guard', note, signal, String(grace), command, ...args], {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ['pipe', log, log],
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.gid }),
  });
  fs.closeSync(log);
  // so that a later process finds the guard, whenever this one is killed
  const guard = child.pid === undefined ? undefined : identify(child.pid);
  if (guard) writeNote(`${note}.guard`, guard);
  else fs.rmSync(`${note}.guard`, { force: true });
  return new Guarded(child, note);
}

/** The exit code that a guard noted, `undefined` when it did not come to that. */
export function notedExit(note: string): number | undefined {
  try {
    const code = Number.parseInt(fs.readFileSync(note, 'utf8'), 10);
    return Number.isNaN(code) ? undefined : code;
  } catch {
    return undefined;
  }
}

/** The guard that was started last with this note. */
export function notedGuard(note: string): ProcessIdentity | undefined {
  return readNote(`${note}.guard`);
}

class Guarded implements GuardedProcess {
  readonly exited: Promise<number | undefined>;
  private ended = false;

  constructor(
    private readonly child: ChildProcess,
    note: string,
  ) {
    child.stdin?.on('error', () => undefined);
    this.exited = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', () => {
        this.ended = true;
        resolve(notedExit(note));
      });
    });
    this.exited.catch(() => undefined);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  isRunning(): boolean {
    return !this.ended;
  }

  stop(): Promise<number | undefined> {
    this.child.stdin?.end();
    return this.exited;
  }
}
