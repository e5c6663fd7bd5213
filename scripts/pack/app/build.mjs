import { build } from 'esbuild';

for (const name of ['commands', 'listing', 'queries']) {
  await build({
    entryPoints: [`${name}.ts`],
    outfile: `dist/${name}/index.mjs`,
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    sourcemap: true,
    external: ['@aws-sdk/*', '@smithy/*'],
  });
}
