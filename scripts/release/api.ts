import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withAssembly } from '../docs/assembly.js';
import { root } from '../support/paths.js';
import { CommandFailed, tool } from '../support/run.js';

/** The public API as it was last released: the jsii assembly without its prose. */
export const BASELINE = 'api/released.jsii';

/** What in the API of the last build breaks who uses the released one; one line each. */
export function breaks(): Promise<string[]> {
  return withAssembly(async (folder) => {
    const before = join(folder, 'released');
    mkdirSync(before);
    cpSync(join(root, BASELINE), join(before, '.jsii'));
    cpSync(join(root, 'package.json'), join(before, 'package.json'));
    symlinkSync(join(folder, 'node_modules'), join(before, 'node_modules'));
    try {
      await tool('jsii-diff/bin/jsii-diff', ['--error-on', 'all', before, folder], {
        cwd: folder,
        env: { JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '20' },
      });
      return [];
    } catch (error) {
      const lines =
        error instanceof CommandFailed ? error.output.split('\n').filter((line) => /^err\b/.test(line)) : [];
      // It failed for another reason than a difference.
      if (lines.length === 0) throw error;
      return lines;
    }
  });
}

/** The assembly of the last build as a baseline has it: what is promised, and not how it is explained. */
export function baseline(): string {
  const assembly = JSON.parse(readFileSync(join(root, '.jsii'), 'utf8')) as Record<string, unknown>;
  for (const name of ['readme', 'fingerprint', 'targets', 'dependencyClosure', 'keywords', 'metadata'])
    delete assembly[name];
  const promised = JSON.stringify(assembly, (key, value: unknown) => {
    if (key === 'locationInModule' || key === 'symbolId') return undefined;
    return key === 'docs' ? stabilityOf(value) : value;
  });
  return JSON.stringify({ ...(JSON.parse(promised) as object), fingerprint: 'released' }, undefined, 1) + '\n';
}

function stabilityOf(docs: unknown): unknown {
  const { stability, deprecated } = docs as { stability?: string; deprecated?: string };
  return { stability, deprecated };
}

/** Makes the API of the last build the released one. */
export function renewBaseline(): void {
  writeFileSync(join(root, BASELINE), baseline());
}
