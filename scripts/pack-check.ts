/**
 * Proves that the packages work elsewhere: packs them, installs the tarballs in a fresh folder outside the repository
 * beside a small CDK app (scripts/pack/app), synthesises it as for an account, deploys it to a local cloud with the
 * packed `dbpatterns`, sends a command and reads the view.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withLock } from '../local/processes/lock.js';
import { packAll } from './pack/tarballs.js';
import { buildLock, root } from './support/paths.js';
import { run, since } from './support/run.js';

/** What an application has beside the kit, in the versions of this repository. */
const COMPANIONS = ['@aws-sdk/client-cloudformation', 'aws-cdk', 'aws-cdk-lib', 'constructs', 'esbuild', 'tsx', 'zod'];

const versionOf = (name: string): string => {
  const manifest = JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')) as {
    version: string;
  };
  return manifest.version;
};

async function step(what: string, work: () => Promise<unknown>): Promise<void> {
  const start = performance.now();
  await work();
  console.log(`pack  ${what} (${since(start)})`);
}

const folder = mkdtempSync(join(tmpdir(), 'dbpatterns-pack-'));
// Nothing of this shell leads the app to the repository or to another cloud, and npm tells it nothing about the root.
const foreign = Object.keys(process.env).filter((name) => /^(AWS|CDK|DBPATTERNS|npm_(package|lifecycle))_/.test(name));
const env = { ...Object.fromEntries(foreign.map((name) => [name, undefined])), CDK_VALIDATION: 'false' };
const inside = (command: string, ...args: string[]): Promise<string> => run(command, args, { cwd: folder, env });
const dbpatterns = (...args: string[]): Promise<string> =>
  inside(join(folder, 'node_modules/.bin/dbpatterns'), ...args);

try {
  const tarballs = await withLock(buildLock, () => packAll(folder));
  cpSync(join(root, 'scripts/pack/app'), folder, { recursive: true });
  const versions = COMPANIONS.map((name) => [name, versionOf(name)] as const);
  const dependencies = {
    ...Object.fromEntries(versions),
    ...Object.fromEntries(Object.entries(tarballs).map(([name, file]) => [name, `file:${file}`])),
  };
  const manifest = { name: 'notes', version: '1.0.0', private: true, type: 'module', dependencies };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, undefined, 2));

  await step('installed in a fresh folder', () =>
    inside('npm', 'install', '--prefer-offline', '--no-audit', '--no-fund'),
  );
  await step('the Lambda library loads as CommonJS too', () =>
    inside('node', '-e', "for (const p of ['cqrs', 'stores']) require(`cdk-database-patterns-lambda/${p}`)"),
  );
  await step('bundled its handlers', () => inside('node', 'build.mjs'));
  await step('synthesised as for an account', () =>
    inside(join(folder, 'node_modules/.bin/cdk'), 'synth', '--quiet', '--no-notices', '--output', 'cdk.out/aws'),
  );
  try {
    await step('started a local cloud', () => dbpatterns('local', 'up'));
    await step('deployed with the packed dbpatterns', () => dbpatterns('deploy'));
    await step('a command is in the view that its token asks for', () => inside('node', '--import', 'tsx', 'smoke.ts'));
  } finally {
    await dbpatterns('local', 'down');
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
