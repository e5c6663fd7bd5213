import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { LocalCloudError } from '../errors.js';

/** What one candidate answered. */
export interface PythonProbe {
  readonly command: string;
  /** `3.11.7`; `undefined` when the command could not be run. */
  readonly version?: string | undefined;
  readonly hasVenv?: boolean | undefined;
}

/** Major and minor number of a version. */
export type PythonVersion = readonly [major: number, minor: number];

const MINIMUM: PythonVersion = [3, 10];
const CANDIDATES = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python'];
const QUESTION = [
  'import sys, importlib.util as u',
  'print("%d.%d.%d" % sys.version_info[:3], bool(u.find_spec("venv") and u.find_spec("ensurepip")))',
].join('\n');

/**
 * The first candidate that is recent enough and can make virtual environments.
 *
 * @throws LocalCloudError with one message that says what was found and how to mend it
 */
export function choosePython(probes: readonly PythonProbe[], minimum = MINIMUM): string {
  const found = probes.filter((probe) => probe.version !== undefined);
  const recent = found.filter((probe) => isRecent(probe.version, minimum));
  const usable = recent.find((probe) => probe.hasVenv);
  if (usable) return usable.command;
  if (recent[0]) {
    const version = (recent[0].version ?? '').split('.').slice(0, 2).join('.');
    throw new LocalCloudError(
      'PYTHON_WITHOUT_VENV',
      `${recent[0].command} (${recent[0].version}) has no venv module, which the local cloud needs. ` +
        `Install it (Debian, Ubuntu: apt install python${version}-venv) and try again.`,
    );
  }
  const mend = 'Install one (https://www.python.org/downloads) so that python3 is on the PATH, and try again.';
  if (found.length === 0) {
    throw new LocalCloudError(
      'PYTHON_MISSING',
      `the local cloud needs Python ${minimum.join('.')} or newer, and no Python is on the PATH. ${mend}`,
    );
  }
  const list = found.map((probe) => `${probe.command} ${probe.version}`).join(', ');
  throw new LocalCloudError(
    'PYTHON_TOO_OLD',
    `the local cloud needs Python ${minimum.join('.')} or newer; the PATH has ${list}. ${mend}`,
  );
}

/** Asks the commands of the PATH, in order, until one is usable. */
export async function findPython(minimum = MINIMUM, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const probes: PythonProbe[] = [];
  for (const command of [...CANDIDATES, ...ofPyenv(env)]) {
    const probe = await ask(command, env);
    probes.push(probe);
    if (probe.hasVenv && isRecent(probe.version, minimum)) break;
  }
  return choosePython(probes, minimum);
}

function isRecent(version: string | undefined, minimum: PythonVersion): boolean {
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  return major > minimum[0] || (major === minimum[0] && minor >= minimum[1]);
}

/** What pyenv has installed but not put on the PATH, the newest first. */
function ofPyenv(env: NodeJS.ProcessEnv): string[] {
  const versions = join(env.PYENV_ROOT ?? join(env.HOME ?? '', '.pyenv'), 'versions');
  if (!fs.existsSync(versions)) return [];
  const newestFirst = fs.readdirSync(versions).sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  return newestFirst.filter((name) => /^\d/.test(name)).map((name) => join(versions, name, 'bin', 'python'));
}

function ask(command: string, env: NodeJS.ProcessEnv): Promise<PythonProbe> {
  return new Promise((resolve) => {
    execFile(command, ['-c', QUESTION], { env, timeout: 10_000 }, (error, stdout) => {
      const [version, hasVenv] = stdout.trim().split(' ');
      const understood = !error && /^\d+\.\d+\.\d+$/.test(version ?? '');
      resolve(understood ? { command, version, hasVenv: hasVenv === 'True' } : { command });
    });
  });
}
