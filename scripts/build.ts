/**
 * Builds everything in order, or the steps that are named: `npm run build -- handlers`.
 * A step is left out when nothing that it reads has changed.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { constructs } from './build/constructs.js';
import { examples } from './build/examples.js';
import { handlers } from './build/handlers.js';
import { compiled, library } from './build/library.js';
import { build } from './build/step.js';
import { locked } from './support/lock.js';
import { root } from './support/paths.js';

const steps = [library, handlers, constructs, compiled('local'), compiled('cli', ['local']), ...examples()].filter(
  (step) =>
    step.inputs.every(
      (input) =>
        input === 'package.json' ||
        existsSync(join(root, input, 'index.ts')) ||
        input === 'lambdas' ||
        input.startsWith('examples'),
    ),
);
const names = steps.map((step) => step.name);
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`no such step: ${unknown.join(', ')}; the steps are ${names.join(', ')}`);
  process.exit(2);
}

try {
  await locked(join(root, 'dist/.lock'), async () => {
    for (const step of steps) if (wanted.length === 0 || wanted.includes(step.name)) await build(step);
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
