import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import * as esbuild from 'esbuild';
import { filesBelow } from '../support/files.js';
import { root } from '../support/paths.js';
import type { Step } from './step.js';
import { withoutUnused } from './unused.js';

/** What a bundle starts with if a CommonJS package in it requires a module of Node. */
const REQUIRE = "import{createRequire as r}from'node:module';const require=r(import.meta.url);";

/**
 * One of the kit's own handlers, `lambdas/**\/<name>.handler.ts`: one file, and what it loads later in files of their own.
 * The AWS SDK is left to the runtime.
 */
const optionsOf = (source: string) =>
  ({
    absWorkingDir: root,
    entryPoints: [{ in: source, out: 'index' }],
    outdir: join(root, 'dist/lambdas', basename(source, '.handler.ts')),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    chunkNames: 'part-[hash]',
    write: false,
    metafile: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    mainFields: ['module', 'main'],
    external: ['@aws-sdk/*', '@smithy/*'],
    plugins: [withoutUnused],
    minify: true,
    legalComments: 'none',
  }) satisfies esbuild.BuildOptions;

/** Answers the files that it made, relative to the root. */
async function bundle(source: string): Promise<string[]> {
  const { outputFiles, metafile } = await esbuild.build(optionsOf(source));
  const requires = Object.values(metafile.outputs).some((o) => o.imports.some((i) => i.kind === 'require-call'));
  for (const file of outputFiles) {
    mkdirSync(dirname(file.path), { recursive: true });
    writeFileSync(file.path, (requires ? REQUIRE : '') + file.text);
  }
  return outputFiles.map((file) => relative(root, file.path));
}

/** Where the function that migrates finds the kit's own migrations. */
const KIT = 'dist/lambdas/migrate/kit';

const sources = filesBelow('lambdas').filter((file) => file.endsWith('.handler.ts'));

/** The packages that a bundle of the kit's has inside, by the bundle's name. */
export async function bundledPackages(): Promise<Record<string, string[]>> {
  const entries = sources.map(async (source) => {
    const { metafile } = await esbuild.build(optionsOf(source));
    const names = Object.keys(metafile.inputs).map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]);
    return [basename(source, '.handler.ts'), [...new Set(names.filter((name) => name !== undefined))].sort()] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** Bundled ahead of time, so that neither a synth nor a user's machine needs a bundler. */
export const handlers: Step = {
  name: 'handlers',
  inputs: ['lambdas'],
  outputs: sources.map((source) => `dist/lambdas/${basename(source, '.handler.ts')}/index.mjs`),
  make: async () => {
    const bundled = await Promise.all(sources.map(bundle));
    const migrations = filesBelow('lambdas/cqrs/sql');
    for (const file of migrations) cpSync(join(root, file), join(root, KIT, basename(file)));
    // Only what no longer has a source goes: a synth that runs meanwhile finds its handlers.
    const made = new Set([...bundled.flat(), ...migrations.map((file) => `${KIT}/${basename(file)}`)]);
    for (const file of filesBelow('dist/lambdas')) if (!made.has(file)) rmSync(join(root, file));
  },
};
