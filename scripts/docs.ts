/**
 * Refreshes what is generated in the documentation: API.md from the jsii assembly, and code from the files it shows.
 *
 *   npm run docs                      both
 *   npm run docs -- snippets          only the code
 *   npm run docs -- --check           changes nothing, fails on what is stale
 */
import { apiReference } from './docs/api-reference.js';
import { snippets } from './docs/snippets.js';

const args = process.argv.slice(2);
const check = args.includes('--check');
const parts = { snippets, api: apiReference };
const names = args.filter((arg) => !arg.startsWith('--'));

const stale: string[] = [];
for (const [name, refresh] of Object.entries(parts)) {
  if (names.length === 0 || names.includes(name)) stale.push(...(await refresh({ check })));
}
for (const file of stale) console.log(check ? `stale: ${file} (npm run docs refreshes it)` : `refreshed ${file}`);
process.exitCode = check && stale.length > 0 ? 1 : 0;
