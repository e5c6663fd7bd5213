/**
 * Builds everything in order, or the steps that are named: `npm run build -- handlers`; `examples` are all of them.
 * A step is left out when nothing that it reads has changed; one that fails does not hide what the others say.
 */
import { withLock } from '../local/processes/lock.js';
import { constructs } from './build/constructs.js';
import { examples } from './build/examples.js';
import { handlers } from './build/handlers.js';
import { compiled, library } from './build/library.js';
import { build } from './build/step.js';
import { buildLock } from './support/paths.js';

const apps = examples();
const steps = [library, handlers, constructs, compiled('local'), compiled('cli', ['local']), ...apps];
const names = steps.map((step) => step.name);
const wanted = process.argv.slice(2).flatMap((name) => (name === 'examples' ? apps.map((app) => app.name) : [name]));
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`no such step: ${unknown.join(', ')}; the steps are ${names.join(', ')}`);
  process.exit(2);
}

await withLock(buildLock, async () => {
  for (const step of steps) {
    if (wanted.length > 0 && !wanted.includes(step.name)) continue;
    try {
      await build(step);
    } catch (error) {
      console.error(`build  ${step.name.padEnd(10)} FAILED\n${error instanceof Error ? error.message : String(error)}`);
      process.exitCode = 1;
    }
  }
});
