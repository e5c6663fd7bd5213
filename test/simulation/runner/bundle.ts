import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { build } from 'esbuild';
import type { Patch } from './messages.js';
import { patched } from './patches.js';

/** A program, the worker if no other, with all of the kit in one file, some of its sources changed on the way; the files stay as they are. */
export async function bundle(
  root: string,
  name: string,
  patches: readonly Patch[] = [],
  entry = 'test/simulation/runner/worker.ts',
): Promise<string> {
  const outfile = join(root, 'dist/simulation', `${name}.mjs`);
  const left = new Set(patches.filter(({ file }) => file.endsWith('.ts')).map(({ file }) => file));
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: 'inline',
    logLevel: 'error',
    plugins: [
      {
        name: 'sources',
        setup(builder) {
          builder.onResolve({ filter: /^cdk-database-patterns-lambda\// }, ({ path }) => ({
            path: join(root, 'lambdas', path.slice(path.indexOf('/') + 1), 'index.ts'),
          }));
          builder.onLoad({ filter: /\/lambdas\/.*\.ts$/ }, ({ path }) => {
            const file = relative(root, path);
            if (!left.delete(file)) return undefined;
            return { contents: patched(file, readFileSync(path, 'utf8'), patches), loader: 'ts' };
          });
        },
      },
    ],
  });
  if (left.size > 0) throw new Error(`the simulation does not load ${[...left].join(', ')}`);
  return outfile;
}
