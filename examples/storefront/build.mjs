// Bundles each handler into a folder of its own: dist/handlers/<name>/index.mjs. The AWS SDK is left to the runtime.
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));

const handlers = {
  'catalog-commands': 'services/catalog/commands.ts',
  'sales-commands': 'services/sales/commands.ts',
  'browse-listing': 'services/browse/listing.ts',
  'browse-queries': 'services/browse/queries.ts',
  'insights-totals': 'services/insights/totals.ts',
  'insights-queries': 'services/insights/queries.ts',
  'insights-bought-together': 'services/insights/bought-together.ts',
  'insights-basket-queries': 'services/insights/basket-queries.ts',
};

rmSync(`${here}dist/handlers`, { recursive: true, force: true });
const options = {
  absWorkingDir: here,
  outExtension: { '.js': '.mjs' },
  // What only a rebuild needs lies in files of its own, which no cold start reads. Without that, handlers that never
  // rebuild would load its clients too.
  splitting: true,
  chunkNames: 'part-[hash]',
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  minify: true,
  mainFields: ['module', 'main'],
  external: ['@aws-sdk/*', '@smithy/*'],
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
};
await Promise.all(
  Object.entries(handlers).map(([name, source]) =>
    build({
      ...options,
      entryPoints: [{ in: source, out: 'index' }],
      outdir: `dist/handlers/${name}`,
    }),
  ),
);
