import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import { filesBelow } from '../support/files.js';
import { root } from '../support/paths.js';
import { tool } from '../support/run.js';
import type { Step } from './step.js';

/** npm packs no file from above the package's folder. */
function addLicence(name: string): void {
  cpSync(join(root, 'LICENSE'), join(root, name, 'LICENSE'));
}

/** A workspace that tsc compiles with its tsconfig.build.json to its dist folder. */
export function compiled(name: string, dependsOn: readonly string[] = []): Step {
  return {
    name,
    inputs: [name, ...dependsOn],
    outputs: [`${name}/dist/index.js`, `${name}/dist/index.d.ts`],
    make: async () => {
      rmSync(join(root, name, 'dist'), { recursive: true, force: true });
      await tool('typescript/bin/tsc', ['-p', `${name}/tsconfig.build.json`]);
      addLicence(name);
    },
  };
}

/**
 * The library that handlers import: ES modules and types by tsc, the same files as CommonJS by esbuild.
 * The declarations serve both, so the CommonJS folder gets a copy that its own package.json makes CommonJS.
 */
export const library: Step = {
  name: 'lambdas',
  inputs: ['lambdas'],
  outputs: ['stores', 'cqrs'].flatMap((path) => ['esm', 'cjs'].map((kind) => `lambdas/dist/${kind}/${path}/index.js`)),
  make: async () => {
    const dist = join(root, 'lambdas/dist');
    rmSync(dist, { recursive: true, force: true });
    await tool('typescript/bin/tsc', ['-p', 'lambdas/tsconfig.build.json']);
    const sources = filesBelow('lambdas').filter((file) => file.endsWith('.ts') && !file.endsWith('.handler.ts'));
    await esbuild.build({
      absWorkingDir: root,
      entryPoints: sources,
      outdir: 'lambdas/dist/cjs',
      outbase: 'lambdas',
      format: 'cjs',
      platform: 'node',
      target: 'node20',
    });
    mkdirSync(join(dist, 'cjs'), { recursive: true });
    cpSync(join(dist, 'esm'), join(dist, 'cjs'), {
      recursive: true,
      filter: (source) => !source.endsWith('.js'),
    });
    addLicence('lambdas');
    writeFileSync(join(dist, 'cjs/package.json'), '{ "type": "commonjs", "sideEffects": false }\n');
  },
};
