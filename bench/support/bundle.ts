import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';
import { root } from '../../scripts/support/paths.js';

/** Where handlers are bundled to: below the root, so that what is left to the runtime is found. */
const folder = join(root, 'dist/bench');

/**
 * Bundles a handler as an application would, from the kit's sources.
 *
 * @param source - relative to the root
 * @returns the folder of its `index.mjs`, an asset for a function
 */
export async function bundled(source: string): Promise<string> {
  const outdir = join(folder, source.replace(/\.ts$/, ''));
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: { index: source },
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    mainFields: ['module', 'main'],
    external: ['@aws-sdk/*', '@smithy/*'],
    minify: true,
    legalComments: 'none',
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  });
  return outdir;
}

/** A bundled handler in this process: what runs is what a function would run, not what a loader made of it. */
export async function imported<M>(source: string): Promise<M> {
  return (await import(pathToFileURL(join(await bundled(source), 'index.mjs')).href)) as M;
}
