import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../support/paths.js';
import { tool } from '../support/run.js';
import { withAssembly } from './assembly.js';

/** Writes API.md from the assembly that the build left. Returns the files that were stale. */
export function apiReference(options: { readonly check: boolean }): Promise<string[]> {
  return withAssembly(async (folder) => {
    // jsii-docgen would search the package through the link to itself.
    rmSync(join(folder, 'node_modules/cdk-database-patterns'));
    const out = join(folder, 'out');
    mkdirSync(out);
    await tool('jsii-docgen/bin/jsii-docgen', ['--output', join(out, 'API')], { cwd: folder });
    const fresh = readFileSync(join(out, 'API.md'), 'utf8');
    const file = join(root, 'API.md');
    if (existsSync(file) && readFileSync(file, 'utf8') === fresh) return [];
    if (!options.check) writeFileSync(file, fresh);
    return ['API.md'];
  });
}
