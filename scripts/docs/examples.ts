import { tool } from '../support/run.js';
import { withAssembly } from './assembly.js';

/** Compiles the examples in the constructs' documentation, each inside of rosetta/default.ts-fixture. */
export function examples(): Promise<string[]> {
  return withAssembly(async (folder) => {
    const args = ['extract', '--compile', '--fail', '--directory', folder, folder];
    await tool('jsii-rosetta/bin/jsii-rosetta', args, {
      cwd: folder,
      env: { JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '20' },
    });
    return [];
  });
}
