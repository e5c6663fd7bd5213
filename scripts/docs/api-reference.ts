import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../support/paths.js';
import { tool } from '../support/run.js';

/** Writes API.md from the assembly that the build left. Returns the files that were stale. */
export async function apiReference(options: { readonly check: boolean }): Promise<string[]> {
  if (!existsSync(join(root, '.jsii'))) throw new Error('there is no .jsii: run "npm run build" first');
  const folder = mkdtempSync(join(tmpdir(), 'dbpatterns-api-'));
  try {
    await tool('jsii-docgen/bin/jsii-docgen', ['--output', join(folder, 'API.md')]);
    const fresh = readFileSync(join(folder, 'API.md'), 'utf8');
    const file = join(root, 'API.md');
    if (existsSync(file) && readFileSync(file, 'utf8') === fresh) return [];
    if (!options.check) writeFileSync(file, fresh);
    return ['API.md'];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
