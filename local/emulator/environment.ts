import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { join, resolve } from 'node:path';
import { LocalCloudError } from '../errors.js';
import { withLock } from '../processes/lock.js';
import { run } from '../processes/run.js';
import { packageFile } from '../resources.js';
import { findPython, type PythonVersion } from './python.js';

/** Written last: without it the making was cut off. */
const MADE = '.complete';
const BASE = '.base';

/** What an environment holds. */
export interface PythonContents {
  /** In words: `the emulator`. */
  readonly name: string;
  /** The file of its requirements, each with its hashes. */
  readonly requirements: string;
  /** @default 3.10 */
  readonly minimum?: PythonVersion;
}

const EMULATOR: PythonContents = {
  name: 'the emulator',
  requirements: packageFile('emulator', 'requirements.txt'),
};

/**
 * The interpreter of a private virtual environment that holds an emulator. Made on first use; made again when the
 * pinned requirements changed, when its base Python is gone or another version, or when a previous making was cut off. Two processes that
 * need it at once make it once.
 *
 * @param place the folder where it lives, below `.local`
 */
export async function pythonEnvironment(
  place: string,
  onMessage: (message: string) => void,
  { name, requirements, minimum }: PythonContents = EMULATOR,
): Promise<string> {
  // What makes it runs in another folder.
  const directory = resolve(place);
  const wanted = createHash('sha256').update(fs.readFileSync(requirements)).digest('hex');
  const python = join(directory, 'bin', 'python');
  const ready = () => fs.existsSync(python) && readMark(directory, MADE) === wanted && isOf(base(python), directory);
  if (ready()) return python;
  const waiting = () => onMessage(`waiting for another process that installs ${name}`);
  return withLock(`${directory}.lock`, () => make(), waiting);

  async function make(): Promise<string> {
    if (ready()) return python;
    const found = await findPython(minimum);
    fs.rmSync(directory, { recursive: true, force: true });
    onMessage(`making a virtual environment for ${name} (first use)`);
    await step(found, ['-m', 'venv', directory]);
    let packages = 0;
    const pip = [
      '-m',
      'pip',
      'install',
      '--no-compile',
      '--disable-pip-version-check',
      '--no-input',
      '--no-deps',
      '--require-hashes',
    ];
    await step(python, [...pip, '-r', requirements], (line) => {
      const collected = /^Collecting (\S+?)==/.exec(line)?.[1];
      if (collected) onMessage(`installing ${name}: ${collected} (${++packages})`);
    });
    fs.writeFileSync(join(directory, BASE), base(python));
    fs.writeFileSync(join(directory, MADE), wanted);
    return python;
  }

  async function step(command: string, args: string[], onLine?: (line: string) => void): Promise<void> {
    const result = await run(command, args, { cwd: join(directory, '..'), ...(onLine ? { onLine } : {}) });
    if (result.code === 0) return;
    const last = result.output.trim().split('\n').slice(-8).join('\n');
    throw new LocalCloudError(
      'PYTHON_INSTALL_FAILED',
      `${name} could not be installed into ${directory} (is the Python package index within reach?):\n${last}`,
    );
  }
}

/** The interpreter that the environment's own is a link to; its path tells the version. */
function base(python: string): string {
  return fs.realpathSync(python);
}

/** A system that was upgraded has another Python under the same name, and that one does not see what was installed. */
function isOf(found: string, directory: string): boolean {
  const made = readMark(directory, BASE);
  return made === undefined || made === found;
}

function readMark(directory: string, name: string): string | undefined {
  try {
    return fs.readFileSync(join(directory, name), 'utf8');
  } catch {
    return undefined;
  }
}
