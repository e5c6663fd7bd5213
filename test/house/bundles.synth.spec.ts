import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import { describe, expect, it } from 'vitest';
import { bundledPackages } from '../../scripts/build/handlers.js';
import { root } from '../../scripts/support/paths.js';

/** A cold start reads all of it; the AWS SDK is the runtime's. */
const LIMIT = 40 * 1024;

/** Handlers that validate with zod, which alone is 90 KB. */
const ZOD = ['browse-listing', 'catalog-commands', 'insights-totals', 'sales-commands'];

const DYNAMODB = ['@aws-sdk/client-dynamodb', '@aws-sdk/lib-dynamodb'];
const PROJECTION = [...DYNAMODB, '@aws-sdk/client-lambda', '@aws-sdk/client-sqs'].sort();
const POSTGRES_COMMANDS = ['@aws-sdk/client-eventbridge', '@aws-sdk/client-rds-data', '@aws-sdk/client-sqs'];

/** What each handler loads at run time: the clients that it calls, and no other. */
const loaded: Record<string, Record<string, readonly string[]>> = {
  'dist/lambdas': {
    history: ['@aws-sdk/client-rds-data'],
    migrate: ['@aws-sdk/client-rds-data', '@aws-sdk/client-secrets-manager'],
    relay: POSTGRES_COMMANDS,
  },
  'examples/storefront/dist/handlers': {
    'browse-listing': PROJECTION,
    'browse-queries': DYNAMODB,
    'catalog-commands': POSTGRES_COMMANDS,
    'insights-queries': DYNAMODB,
    'insights-totals': PROJECTION,
    'sales-commands': POSTGRES_COMMANDS,
  },
};

const bundle = (folder: string, name: string): string => join(root, folder, name, 'index.mjs');

/** The modules that a bundle imports or requires, without those of Node. */
async function importsOf(file: string): Promise<string[]> {
  const { metafile } = await esbuild.build({
    entryPoints: [file],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
  });
  const paths = Object.values(metafile.inputs).flatMap(({ imports }) => imports.map(({ path }) => path));
  return [...new Set(paths)].filter((path) => !builtin(path)).sort();
}

const builtin = (path: string): boolean => path.startsWith('node:') || ['fs', 'path', 'url'].includes(path);

describe.each(Object.entries(loaded))('a bundled handler in %s', (folder, handlers) => {
  it('is known here', () => {
    expect(readdirSync(join(root, folder)).sort()).toEqual(Object.keys(handlers));
  });

  it.each(Object.entries(handlers))('%s loads the clients that it calls', async (name, clients) => {
    expect(await importsOf(bundle(folder, name))).toEqual(clients);
  });

  it.each(Object.keys(handlers).filter((name) => !ZOD.includes(name)))('%s is below 40 KB', (name) => {
    expect(statSync(bundle(folder, name)).size).toBeLessThan(LIMIT);
  });
});

it('the kit has other packages in the function that migrates only', async () => {
  const { migrate, ...others } = await bundledPackages();
  expect(migrate).toEqual(['emittery', 'pony-cause', 'umzug']);
  expect(Object.values(others).flat()).toEqual([]);
});
