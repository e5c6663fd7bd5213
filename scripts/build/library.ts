import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import { filesBelow } from '../support/files.js';
import { root } from '../support/paths.js';
import { tool } from '../support/run.js';
import type { Step } from './step.js';

/** Compiles a workspace aside and then puts the result in place: who runs the old one meanwhile is not left without. */
async function compile(name: string, finish?: (dist: string) => Promise<void>): Promise<void> {
  const aside = join(root, 'dist/.next', name);
  const dist = join(root, name, 'dist');
  rmSync(aside, { recursive: true, force: true });
  await tool('typescript/bin/tsc', [
    '-p',
    `${name}/tsconfig.build.json`,
    '--outDir',
    finish ? join(aside, 'esm') : aside,
  ]);
  await finish?.(aside);
  rmSync(dist, { recursive: true, force: true });
  renameSync(aside, dist);
  // npm packs no file from above the package's folder.
  cpSync(join(root, 'LICENSE'), join(root, name, 'LICENSE'));
}

/** A workspace that tsc compiles with its tsconfig.build.json to its dist folder. */
export function compiled(name: string, dependsOn: readonly string[] = []): Step {
  return {
    name,
    inputs: [name, ...dependsOn],
    outputs: [`${name}/dist/index.js`, `${name}/dist/index.d.ts`],
    make: () => compile(name),
  };
}

/** The subpaths by which handlers import the library: a folder each. */
function subpaths(): string[] {
  const { exports } = JSON.parse(readFileSync(join(root, 'lambdas/package.json'), 'utf8')) as { exports: object };
  return Object.keys(exports)
    .filter((path) => path !== './package.json')
    .map((path) => path.slice('./'.length));
}

/**
 * The library that handlers import: ES modules and types by tsc, the same files as CommonJS by esbuild.
 * The declarations serve both, so the CommonJS folder gets a copy that its own package.json makes CommonJS.
 */
export const library: Step = {
  name: 'lambdas',
  inputs: ['lambdas'],
  outputs: subpaths().flatMap((path) => ['esm', 'cjs'].map((kind) => `lambdas/dist/${kind}/${path}/index.js`)),
  make: () => compile('lambdas', addCommonJs),
};

async function addCommonJs(dist: string): Promise<void> {
  const sources = filesBelow('lambdas').filter((file) => file.endsWith('.ts') && !file.endsWith('.handler.ts'));
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: sources,
    outdir: join(dist, 'cjs'),
    outbase: 'lambdas',
    format: 'cjs',
    platform: 'node',
    target: 'node20',
  });
  cpSync(join(dist, 'esm'), join(dist, 'cjs'), { recursive: true, filter: (source) => !source.endsWith('.js') });
  writeFileSync(join(dist, 'cjs/package.json'), '{ "type": "commonjs", "sideEffects": false }\n');
}
