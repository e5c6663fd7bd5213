import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../support/paths.js';
import { tool } from '../support/run.js';

/** The modules whose types the constructs mention. */
const PEERS = ['aws-cdk-lib', 'constructs'];

/** Writes API.md from the assembly that the build left. Returns the files that were stale. */
export async function apiReference(options: { readonly check: boolean }): Promise<string[]> {
  if (!existsSync(join(root, '.jsii'))) throw new Error('there is no .jsii: run "npm run build" first');
  // jsii-docgen searches everything below node_modules and follows links, also the one that leads back to the root:
  // 70 s of CPU there, 4 s in a folder that has only what it needs.
  const folder = mkdtempSync(join(tmpdir(), 'dbpatterns-api-'));
  try {
    for (const file of ['.jsii', 'package.json']) cpSync(join(root, file), join(folder, file));
    mkdirSync(join(folder, 'node_modules'));
    for (const name of PEERS) symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
    await tool('jsii-docgen/bin/jsii-docgen', ['--output', join(folder, 'API')], { cwd: folder });
    const fresh = readFileSync(join(folder, 'API.md'), 'utf8');
    const file = join(root, 'API.md');
    if (existsSync(file) && readFileSync(file, 'utf8') === fresh) return [];
    if (!options.check) writeFileSync(file, fresh);
    return ['API.md'];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
