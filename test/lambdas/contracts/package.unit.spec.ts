import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { expect, it } from 'vitest';

it('contracts load no package at run time: what they are made of is here, and schemas are the user’s', async () => {
  const { metafile } = await esbuild.build({
    entryPoints: [fileURLToPath(new URL('../../../lambdas/contracts/index.ts', import.meta.url))],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    treeShaking: false,
    ignoreAnnotations: true,
  });
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path));
  expect(imports).toEqual([]);
});
