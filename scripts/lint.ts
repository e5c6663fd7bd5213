/** All checks of the source at once; each says what it holds. `npm run lint -- types arrows` runs those two. */
import { CommandFailed, run, since, tool } from './support/run.js';

interface Check {
  readonly name: string;
  readonly what: string;
  readonly run: () => Promise<string>;
}

const node = (script: string, ...args: string[]): Promise<string> =>
  run(process.execPath, ['--import', 'tsx', script, ...args]);

const checks: Check[] = [
  {
    name: 'rules',
    what: 'eslint: rules with types, the CDK plugin, ambient clock and ids, index files, SQL with bound values only',
    run: () => tool('eslint/bin/eslint.js', ['.', '--max-warnings', '0']),
  },
  {
    name: 'types',
    what: 'tsc --noEmit over all wings, by source',
    run: () => tool('typescript/bin/tsc', ['--noEmit']),
  },
  {
    name: 'arrows',
    what: 'dependency-cruiser: who may import whom, no cycles',
    run: () => tool('dependency-cruiser/bin/dependency-cruise.mjs', ['--config', '.dependency-cruiser.cjs', '.']),
  },
  {
    name: 'format',
    what: 'prettier --check',
    run: () => tool('prettier/bin/prettier.cjs', ['--check', '--log-level', 'warn', '.']),
  },
  {
    name: 'snippets',
    what: 'code in the documentation is what its source says',
    run: () => node('scripts/docs.ts', 'snippets', '--check'),
  },
];

const wanted = process.argv.slice(2);
let failed = 0;

async function perform(check: Check): Promise<void> {
  const start = performance.now();
  try {
    await check.run();
    console.log(`lint  ok      ${check.name.padEnd(9)} ${since(start).padStart(7)}  ${check.what}`);
  } catch (error) {
    failed += 1;
    console.log(`lint  FAILED  ${check.name.padEnd(9)} ${since(start).padStart(7)}  ${check.what}`);
    console.log(error instanceof CommandFailed ? error.output.trimEnd() : error);
  }
}

// The first check takes as long as the others together, and a small machine has two cores.
const selected = checks.filter((check) => wanted.length === 0 || wanted.includes(check.name));
const [first, ...others] = selected;
await Promise.all([
  first && perform(first),
  others.reduce((before, check) => before.then(() => perform(check)), Promise.resolve()),
]);
process.exitCode = failed > 0 ? 1 : 0;
