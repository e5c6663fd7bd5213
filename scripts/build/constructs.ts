import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../support/paths.js';
import { tool } from '../support/run.js';
import type { Step } from './step.js';

/** The constructs: jsii compiles lib/ to dist/lib/ and writes the assembly that other languages are made from. */
export const constructs: Step = {
  name: 'jsii',
  // The assembly holds the README, which other languages' registries show.
  inputs: ['lib', 'package.json', 'README.md'],
  outputs: ['.jsii', 'dist/lib/index.js', 'dist/lib/index.d.ts'],
  make: async () => {
    // After an error jsii can leave an empty assembly and then fail on it.
    for (const path of ['.jsii', 'dist/lib', 'dist/tsconfig.tsbuildinfo']) {
      rmSync(join(root, path), { recursive: true, force: true });
    }
    await tool('jsii/bin/jsii', ['--generate-tsconfig', 'tsconfig.jsii.json'], {
      env: { JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '20' },
    });
  },
};
