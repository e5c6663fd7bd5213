import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as esbuild from 'esbuild';
import { filesBelow } from '../support/files.js';
import { root } from '../support/paths.js';
import type { Step } from './step.js';

/** What a bundle starts with if a CommonJS package in it requires a module of Node. */
const REQUIRE = "import{createRequire as r}from'node:module';const require=r(import.meta.url);";

/** The kit's own handlers: `lambdas/**\/<name>.handler.ts` → `dist/lambdas/<name>/index.mjs`. */
async function bundle(source: string): Promise<void> {
  const folder = join(root, 'dist/lambdas', basename(source, '.handler.ts'));
  const { outputFiles, metafile } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: [source],
    outfile: join(folder, 'index.mjs'),
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    mainFields: ['module', 'main'],
    external: ['@aws-sdk/*', '@smithy/*'],
    alias: { '@rushstack/ts-command-line': join(root, 'scripts/build/no-command-line.ts') },
    minify: true,
    legalComments: 'none',
  });
  const requires = Object.values(metafile.outputs).some((o) => o.imports.some((i) => i.kind === 'require-call'));
  mkdirSync(folder, { recursive: true });
  for (const file of outputFiles) writeFileSync(file.path, (requires ? REQUIRE : '') + file.text);
}

/** Where the function that migrates finds the kit's own migrations. */
const KIT = 'dist/lambdas/migrate/kit';

const sources = filesBelow('lambdas').filter((file) => file.endsWith('.handler.ts'));

/** Bundled ahead of time, so that neither a synth nor a user's machine needs a bundler. */
export const handlers: Step = {
  name: 'handlers',
  inputs: ['lambdas'],
  outputs: sources.map((source) => `dist/lambdas/${basename(source, '.handler.ts')}/index.mjs`),
  make: async () => {
    await Promise.all(sources.map(bundle));
    const migrations = filesBelow('lambdas/cqrs/sql');
    for (const file of migrations) cpSync(join(root, file), join(root, KIT, basename(file)));
    // Only what no longer has a source goes: a synth that runs meanwhile finds its handlers.
    const made = new Set([...handlers.outputs, ...migrations.map((file) => `${KIT}/${basename(file)}`)]);
    for (const file of filesBelow('dist/lambdas')) if (!made.has(file)) rmSync(join(root, file));
  },
};
