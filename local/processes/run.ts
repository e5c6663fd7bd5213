import { spawn } from 'node:child_process';

/** What a finished command said. */
export interface RunResult {
  readonly code: number;
  readonly output: string;
}

/** Ends with the pipe to us, like the guard of a lasting process, but hands on the exit code. */
const GUARD = `
exec 3<&0
"$@" </dev/null 3<&- & child=$!
{ cat <&3 >/dev/null; kill -s KILL 0; } >/dev/null 2>&1 & watcher=$!
wait "$child"; code=$?
kill -s KILL "$watcher" 2>/dev/null
exit "$code"
`;

/**
 * Runs a command to its end under guard: when this process dies before, the command and its children end too.
 *
 * @param onLine called with every line of output
 */
export function run(
  command: string,
  args: readonly string[],
  options: {
    readonly cwd: string;
    readonly env?: NodeJS.ProcessEnv;
    readonly uid?: number | undefined;
    readonly gid?: number | undefined;
    readonly onLine?: (line: string) => void;
  },
): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', GUARD, 'guard', command, ...args], {
      cwd: options.cwd,
      env: options.env ?? process.env,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.gid }),
    });
    let output = '';
    const take = (chunk: Buffer) => {
      const text = chunk.toString();
      output += text;
      for (const line of text.split('\n')) if (line.trim()) options.onLine?.(line.trim());
    };
    child.stdin.on('error', () => undefined);
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 137, output }));
  });
}
