import { join } from 'node:path';
import { root } from '../support/paths.js';
import { tool } from '../support/run.js';

/** Does one step of the proof, and says how long it took. */
export type Step = <T>(what: string, work: () => Promise<T>) => Promise<T>;

/**
 * The sources of the package in another language, below a folder, with the whole package inside: what a wheel or a jar is
 * built from.
 */
export async function generate(language: 'python' | 'java', folder: string): Promise<string> {
  await tool(
    'jsii-pacmak/bin/jsii-pacmak',
    ['--target', language, '--code-only', '--outdir', folder, '--no-parallel', root],
    {
      env: { JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '20' },
    },
  );
  return join(folder, language);
}
