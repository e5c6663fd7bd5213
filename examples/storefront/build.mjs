// Bundles each handler into a folder of its own: dist/handlers/<name>/index.mjs. The AWS SDK is left to the runtime.
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));

/** What only gaps, parked streams and rebuilds need lies in files of its own, which no cold start reads. */
const projections = {
  'browse-listing': 'services/browse/listing.ts',
  'insights-totals': 'services/insights/totals.ts',
  'insights-bought-together': 'services/insights/bought-together.ts',
};

/** What loads nothing later is one file. */
const others = {
  'catalog-commands': 'services/catalog/commands.ts',
  'catalog-quote': 'services/catalog/quote.ts',
  'sales-commands': 'services/sales/commands.ts',
  'browse-queries': 'services/browse/queries.ts',
  'insights-queries': 'services/insights/queries.ts',
  'insights-basket-queries': 'services/insights/basket-queries.ts',
};

const bundle = ([name, source], options = {}) =>
  build({
    absWorkingDir: here,
    entryPoints: [{ in: source, out: 'index' }],
    outdir: `dist/handlers/${name}`,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    minify: true,
    // Node has them. Without this, patterns such as valibot's for emojis become calls, which no bundler leaves out.
    supported: { 'regexp-unicode-property-escapes': true },
    mainFields: ['module', 'main'],
    external: ['@aws-sdk/*', '@smithy/*'],
    ...options,
  });

rmSync(`${here}dist/handlers`, { recursive: true, force: true });
await Promise.all([
  ...Object.entries(projections).map((one) => bundle(one, { splitting: true, chunkNames: 'part-[hash]' })),
  ...Object.entries(others).map((one) => bundle(one)),
]);
