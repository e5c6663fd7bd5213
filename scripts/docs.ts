/**
 * Refreshes what is generated in the documentation, and checks what is written by hand.
 *
 *   snippets   code in README.md and docs/ comes from the files that it names
 *   api        API.md comes from the jsii assembly of the last build
 *   examples   the examples in the constructs' documentation compile
 *   table      docs/data-api-table.md comes from the conformance table
 *
 * `npm run docs` does all, `npm run docs -- snippets` one; `--check` changes nothing and fails on what is stale.
 */
import { apiReference } from './docs/api-reference.js';
import { dataApiTable } from './docs/data-api.js';
import { examples } from './docs/examples.js';
import { snippets } from './docs/snippets.js';

const args = process.argv.slice(2);
const check = args.includes('--check');
const parts = { snippets, api: apiReference, examples, table: dataApiTable };
const names = args.filter((arg) => !arg.startsWith('--'));

const stale: string[] = [];
try {
  for (const [name, refresh] of Object.entries(parts)) {
    if (names.length === 0 || names.includes(name)) stale.push(...(await refresh({ check })));
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
for (const file of stale) console.log(check ? `stale: ${file} (npm run docs refreshes it)` : `refreshed ${file}`);
process.exitCode = check && stale.length > 0 ? 1 : 0;
