import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** A process in which the emulator runs a function. */
export interface Worker {
  readonly pid: number;
  /** The function's physical name. */
  readonly functionName: string;
}

/** Whether `/proc` tells which process runs what, and has which port. */
export const canTellProcesses = process.platform === 'linux';

/** The workers of the emulator whose state lies in this folder. */
export function workersIn(stateDirectory: string): Worker[] {
  return below(guardOf(stateDirectory, 'emulator')).flatMap((pid) => {
    const functionName = environmentOf(pid)?.['AWS_LAMBDA_FUNCTION_NAME'];
    return functionName === undefined ? [] : [{ pid, functionName }];
  });
}

/** The processes of PostgreSQL that serve a session with the Data API, the youngest first. */
export function sessionsIn(stateDirectory: string): number[] {
  const isSession = (pid: number): boolean => /^postgres: \S+ \S+ 127\.0\.0\.1/.test(commandOf(pid));
  return below(guardOf(stateDirectory, 'postgres')).filter(isSession).reverse();
}

/** The process among these whose end of a connection has this port. */
export function withPort(port: number, among: readonly Worker[]): Worker | undefined {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => readFileSync(file, 'utf8').split('\n'));
  const inodes = tables
    .map((row) => row.trim().split(/\s+/))
    .flatMap((row) => (row[1]?.endsWith(local) ? [row[9]] : []));
  return among.find(({ pid }) => socketsOf(pid).some((inode) => inodes.includes(inode)));
}

/** Ends a process at once; whether it lived. */
export function kill({ pid }: Pick<Worker, 'pid'>): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}

function guardOf(stateDirectory: string, part: 'emulator' | 'postgres'): number {
  const note = readFileSync(join(stateDirectory, part, 'exit.guard'), 'utf8');
  return (JSON.parse(note) as { readonly pid: number }).pid;
}

/** All processes that one started, and those that they started. */
function below(ancestor: number): number[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  const rows = table.split('\n').map((row) => row.trim().split(/\s+/).map(Number));
  const under = (parent: number): number[] =>
    rows.flatMap(([pid = 0, of]) => (of === parent ? [pid, ...under(pid)] : []));
  return under(ancestor);
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // it has ended
  }
}

function environmentOf(pid: number): Record<string, string> | undefined {
  try {
    const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    return Object.fromEntries(
      entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
    );
  } catch {
    return undefined; // it has ended
  }
}

function socketsOf(pid: number): string[] {
  try {
    const links = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
    return links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []);
  } catch {
    return []; // it has ended
  }
}
