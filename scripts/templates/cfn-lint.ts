import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPython } from '../../local/emulator/python.js';
import { withLock } from '../../local/processes/lock.js';
import { root } from '../support/paths.js';
import { run } from '../support/run.js';

const REQUIREMENTS = join(root, 'scripts/templates/requirements.txt');
const HOME = join(root, '.local/cfn-lint');

/** What stands, with its reason. */
const ACKNOWLEDGED = {
  // "dependency already enforced by a GetAtt": the CDK makes a function wait for its role's policies by naming the role.
  redundantDependsOn: 'W3005',
};

/** Runs cfn-lint over templates; a warning fails as an error does. It lives in an environment of its own, by hash. */
export async function cfnLint(templates: readonly string[]): Promise<void> {
  const home = await withLock(`${HOME}.lock`, install);
  const options = ['--regions', 'us-east-1', '--non-zero-exit-code', 'warning'];
  const ignored = ['--ignore-checks', ...Object.values(ACKNOWLEDGED)];
  await run(join(home, 'bin/cfn-lint'), [...options, ...ignored, '--', ...templates]);
}

async function install(): Promise<string> {
  const python = join(HOME, 'bin/python');
  const wanted = readFileSync(REQUIREMENTS, 'utf8');
  const mark = join(HOME, 'requirements.txt');
  if (existsSync(python) && existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return HOME;
  console.log('templates  installing cfn-lint into .local/cfn-lint (first use)');
  rmSync(HOME, { recursive: true, force: true });
  await run(await findPython(), ['-m', 'venv', HOME]);
  const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--no-deps', '--require-hashes'];
  await run(python, [...pip, '-r', REQUIREMENTS]);
  writeFileSync(mark, wanted);
  return HOME;
}
