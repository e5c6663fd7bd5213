import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../support/paths.js';

/** The modules whose types the constructs and their examples mention. */
const MODULES = ['aws-cdk-lib', 'constructs', 'cdk-database-patterns'];

/**
 * Works in a folder that has the assembly of the last build and only what it needs. In the root, tools that search
 * node_modules follow the link that leads back to the root: jsii-docgen takes 70 s of CPU there and 4 s here.
 */
export async function withAssembly<T>(work: (folder: string) => Promise<T>): Promise<T> {
  if (!existsSync(join(root, '.jsii'))) throw new Error('there is no .jsii: run "npm run build" first');
  const folder = mkdtempSync(join(tmpdir(), 'dbpatterns-assembly-'));
  try {
    // The README's code is checked as code of the example that it comes from.
    const assembly = JSON.parse(readFileSync(join(root, '.jsii'), 'utf8')) as { readme?: unknown };
    delete assembly.readme;
    writeFileSync(join(folder, '.jsii'), JSON.stringify(assembly));
    for (const name of ['package.json', 'rosetta']) cpSync(join(root, name), join(folder, name), { recursive: true });
    mkdirSync(join(folder, 'node_modules'));
    for (const name of MODULES) symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
