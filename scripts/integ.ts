/**
 * The examples as an account gets them, by integ-runner: a test per example in integ/, each with its snapshot.
 *
 *   npm run integ                                  says whether an example becomes something else than its snapshot
 *   npm run integ -- --update                      renews the snapshots, without an account
 *   npm run integ -- --deploy [--profile …]        deploys what differs from its snapshot to an account, and destroys it
 */
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './support/paths.js';
import { tool } from './support/run.js';

const args = process.argv.slice(2);
const rest = args.filter((arg) => arg !== '--deploy' && arg !== '--update');
const update = ['--dry-run', '--update-on-failed', '--force'];
const deploy = ['--update-on-failed', '--disable-update-workflow'];
const mode = args.includes('--update') ? update : args.includes('--deploy') ? deploy : [];

// What is verified is what an account gets: no local cloud that this shell knows, and no validation beside the check.
const foreign = Object.keys(process.env).filter((name) => /^(CDK|DBPATTERNS)_|^AWS_ENDPOINT_URL/.test(name));
const env = {
  ...Object.fromEntries(foreign.map((name) => [name, undefined])),
  CDK_VALIDATION: 'false',
  JSII_DEPRECATED: 'quiet',
};
// As in cdk.json: by the built packages, and not by the sources that the root's tsconfig maps their names to.
const app = 'node node_modules/tsx/dist/cli.mjs --tsconfig examples/storefront/tsconfig.json {filePath}';

/** A snapshot without what is never compared: the assets themselves, and what the CDK notes about constructs. */
function prune(snapshot: string): void {
  for (const name of readdirSync(snapshot)) {
    if (/^(asset\.|migrations-)|\.metadata\.json$/.test(name)) rmSync(join(snapshot, name), { recursive: true });
  }
  const file = join(snapshot, 'manifest.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as {
    artifacts: Record<string, { additionalMetadataFile?: string; metadata?: unknown }>;
  };
  for (const artifact of Object.values(manifest.artifacts)) {
    delete artifact.additionalMetadataFile;
    delete artifact.metadata;
  }
  writeFileSync(file, `${JSON.stringify(manifest, undefined, 2)}\n`);
}

try {
  await tool(
    '@aws-cdk/integ-runner/bin/integ-runner',
    ['--directory', `${root}integ`, '--app', app, '--test-regex', 'integ\\..+\\.ts$', ...mode, ...rest],
    { env, show: true },
  );
  for (const name of mode.length === 0 ? [] : readdirSync(join(root, 'integ'))) {
    if (name.endsWith('.snapshot')) prune(join(root, 'integ', name));
  }
} catch (error) {
  if (mode.length === 0) {
    console.error('integ  an example is not what its snapshot says: if it is meant, run "npm run integ -- --update"');
  } else console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
