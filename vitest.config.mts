import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Tests read the sources, never a stale build: the packages' names lead to the same files as relative imports do. */
const alias = [
  { find: /^cdk-database-patterns$/, replacement: at('./lib/index.ts') },
  { find: /^cdk-database-patterns-lambda\/(.+)$/, replacement: at('./lambdas') + '/$1/index.ts' },
  { find: /^cdk-database-patterns-(local|cli)$/, replacement: at('./') + '$1/index.ts' },
];

// For the tests and for what sets them up.
Object.assign(process.env, {
  // CDK ≥ 2.262 validates each synth in WebAssembly, which takes ten times as long as the synth.
  CDK_VALIDATION: 'false',
  // What is deprecated is found by the lint; at run time aws-cdk-lib only complains about itself.
  JSII_DEPRECATED: 'quiet',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
});

/** A test's level stands in its file name. */
const level = (name: string): string[] => [`test/**/*.${name}.spec.ts`, `examples/**/*.${name}.spec.ts`];

export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'unit',
          include: level('unit'),
          pool: 'threads',
          isolate: false,
          maxWorkers: 2,
          testTimeout: 20_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'synth',
          include: level('synth'),
          pool: 'threads',
          isolate: false,
          maxWorkers: 2,
          testTimeout: 30_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'int',
          // After the others: it has more workers, which mostly wait for the cloud.
          sequence: { groupOrder: 1 },
          include: level('int'),
          globalSetup: 'test/support/cloud.ts',
          pool: 'forks',
          maxWorkers: 4,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'faults',
          // Last, and alone: it takes the engines away from under the functions.
          sequence: { groupOrder: 2 },
          include: level('faults'),
          pool: 'forks',
          maxWorkers: 1,
          testTimeout: 120_000,
        },
      },
    ],
  },
});
