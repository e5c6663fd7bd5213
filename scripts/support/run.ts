import { spawn } from 'node:child_process';
import { root } from './paths.js';

/** A command that ended otherwise than with 0. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';

  constructor(
    readonly command: string,
    readonly exit: number | string,
    readonly output: string,
  ) {
    super(`"${command}" ended with ${exit}\n${output.trimEnd()}`);
  }
}

/** Where and how a command runs. */
export interface RunOptions {
  /** Default: the repository's root. */
  readonly cwd?: string;
  /** Added to the environment of this process; undefined takes a variable away. */
  readonly env?: Record<string, string | undefined>;
  /** Shows the output while it comes instead of keeping it. Default: false. */
  readonly show?: boolean;
}

/** Runs a command and returns what it printed (nothing, if it was shown). Throws {@link CommandFailed}. */
export function run(command: string, args: string[], options: RunOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? root,
      env: { ...process.env, ...options.env },
      stdio: options.show ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output);
      else reject(new CommandFailed([command, ...args].join(' '), code ?? signal ?? 'nothing', output));
    });
  });
}

/** Runs a tool of node_modules, by its file, without npx in between. */
export function tool(file: string, args: string[], options: RunOptions = {}): Promise<string> {
  return run(process.execPath, [`${root}node_modules/${file}`, ...args], options);
}

/** "1.2 s" since a moment of `performance.now()`. */
export function since(start: number): string {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`;
}
