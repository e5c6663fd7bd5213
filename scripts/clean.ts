/** Removes what the build made; not the local cloud's state, nor node_modules. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './support/paths.js';

const packages = [
  '.',
  'lambdas',
  'local',
  'cli',
  ...readdirSync(join(root, 'examples')).map((name) => `examples/${name}`),
];
const made = ['dist', 'cdk.out', '.jsii', 'tsconfig.jsii.json'];
for (const folder of packages)
  for (const name of made) rmSync(join(root, folder, name), { recursive: true, force: true });
