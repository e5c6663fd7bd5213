import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../support/paths.js';
import { run } from '../support/run.js';
import type { Step } from './step.js';

/** An example builds itself, with its own `build` script, as a stranger's application would. */
export function examples(): Step[] {
  const folder = join(root, 'examples');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'package.json')))
    .filter((name) => hasBuild(join(folder, name, 'package.json')))
    .map((name) => ({
      name,
      inputs: [`examples/${name}`, 'lib', 'lambdas', 'local'],
      outputs: [`examples/${name}/dist`],
      make: async () => {
        await run('npm', ['run', '--silent', 'build', '--workspace', `examples/${name}`]);
      },
    }));
}

function hasBuild(file: string): boolean {
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as { scripts?: Record<string, string> };
  return manifest.scripts?.['build'] !== undefined;
}
