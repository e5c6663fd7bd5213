import { readdirSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import { describe, expect, it } from 'vitest';
import { bundledPackages } from '../../scripts/build/handlers.js';
import { root } from '../../scripts/support/paths.js';

/**
 * What a cold start may read, in bytes; the AWS SDK is the runtime's. The shop's handlers hold their own code and the
 * library that validates as well, 6 KB of it.
 */
const LIMIT = 40_960;

const sdk = (...clients: string[]): string[] => clients.map((client) => `@aws-sdk/${client}`);

/** What a cold start of each handler loads: the clients that it calls each time, and no other. */
const loaded: Record<string, Record<string, readonly string[]>> = {
  'dist/lambdas': {
    'archived-history': sdk('client-dynamodb', 'client-lambda', 'lib-dynamodb'),
    'commit-history': sdk('client-dynamodb', 'lib-dynamodb'),
    'commit-import': sdk('client-dynamodb', 'client-lambda', 'lib-dynamodb'),
    'commit-relay': sdk('client-eventbridge'),
    'commit-replay': sdk('client-dynamodb', 'client-eventbridge', 'client-sqs', 'lib-dynamodb'),
    'decided-commands': sdk('client-eventbridge', 'client-lambda', 'client-rds-data', 'client-sqs'),
    'decided-projection': sdk('client-dynamodb', 'client-lambda', 'lib-dynamodb'),
    history: sdk('client-rds-data'),
    migrate: sdk('client-rds-data', 'client-secrets-manager'),
    relay: sdk('client-eventbridge', 'client-rds-data', 'client-sqs'),
    republish: sdk('client-dynamodb', 'client-eventbridge', 'lib-dynamodb'),
  },
  'examples/storefront/dist/handlers': {
    'browse-listing': sdk('client-dynamodb', 'lib-dynamodb'),
    'browse-queries': sdk('client-dynamodb', 'lib-dynamodb'),
    'catalog-commands': sdk('client-eventbridge', 'client-rds-data', 'client-sqs'),
    'catalog-quote': sdk('client-rds-data'),
    'insights-basket-queries': sdk('client-lambda', 'client-rds-data'),
    'insights-bought-together': sdk('client-rds-data'),
    'insights-queries': sdk('client-dynamodb', 'lib-dynamodb'),
    'insights-totals': sdk('client-dynamodb', 'lib-dynamodb'),
    'sales-commands': sdk('client-dynamodb', 'lib-dynamodb'),
  },
};

/** What a cold start reads of a handler: its file and those that it imports. What is dynamically imported comes later. */
interface ColdStart {
  readonly bytes: number;
  /** The packages that it imports or requires, without the modules of Node. */
  readonly packages: readonly string[];
}

async function coldStart(folder: string, name: string): Promise<ColdStart> {
  const entry = `${folder}/${name}/index.mjs`;
  const { metafile } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
  });
  const packages = new Set<string>();
  const files = new Set([entry]);
  // A set that grows while it is gone through is gone through to its end.
  for (const file of files) {
    for (const { path, kind, external = false } of metafile.inputs[file]?.imports ?? []) {
      if (kind === 'dynamic-import') continue;
      if (!external) files.add(path);
      else if (!isBuiltin(path)) packages.add(path);
    }
  }
  const bytes = [...files].reduce((sum, file) => sum + (metafile.inputs[file]?.bytes ?? 0), 0);
  return { bytes, packages: [...packages].sort() };
}

describe.each(Object.entries(loaded))('a bundled handler in %s', (folder, handlers) => {
  it('is known here', () => {
    expect(readdirSync(join(root, folder)).sort()).toEqual(Object.keys(handlers));
  });

  it.each(Object.entries(handlers))('%s loads the clients that it calls, and not much else', async (name, clients) => {
    const { bytes, packages } = await coldStart(folder, name);
    expect(packages).toEqual(clients);
    expect(bytes).toBeLessThan(LIMIT);
  });
});

it('the kit has other packages in the function that migrates only', async () => {
  const { migrate, ...others } = await bundledPackages();
  expect(migrate).toEqual(['emittery', 'pony-cause', 'umzug']);
  expect(Object.values(others).flat()).toEqual([]);
});

describe('a handler bundled into one file, as most are,', () => {
  const one = async (source: string): Promise<string[]> => {
    const { metafile } = await esbuild.build({
      stdin: { contents: source, resolveDir: root },
      bundle: true,
      write: false,
      metafile: true,
      platform: 'node',
      format: 'esm',
      mainFields: ['module', 'main'],
      external: ['@aws-sdk/*'],
      outfile: 'index.mjs',
    });
    const [output] = Object.values(metafile.outputs);
    const packages = (output?.imports ?? []).map(({ path }) => path).filter((path) => !isBuiltin(path));
    return [...new Set(packages)].sort();
  };
  const library = "from 'cdk-database-patterns-lambda/cqrs'";

  it.each([
    ['queries', `export { queries, entityView } ${library}`, sdk('client-dynamodb', 'lib-dynamodb')],
    [
      'a projection',
      `export { projection } ${library}`,
      sdk('client-dynamodb', 'client-lambda', 'client-sqs', 'lib-dynamodb'),
    ],
    ['commands', `export { commands } ${library}`, sdk('client-eventbridge', 'client-rds-data', 'client-sqs')],
    ['commands on DynamoDB', `export { dynamodbCommands } ${library}`, sdk('client-dynamodb', 'lib-dynamodb')],
    [
      'totals in PostgreSQL',
      `export { postgresAggregate } ${library}`,
      sdk('client-lambda', 'client-rds-data', 'client-sqs'),
    ],
  ])('loads the clients that it calls: %s', async (_, source, clients) => {
    expect(await one(source)).toEqual(clients);
  });
});
