/**
 * Prepares a release: `npm run release`, or `npm run release -- 1.0.0` for a higher version than the changes ask for.
 * `--dry-run` does all of it but changes no file.
 *
 *   tree       nothing is uncommitted
 *   api        what breaks the released API stands in CHANGELOG.md under "Breaking" (jsii-diff)
 *   version    by SemVer, from what stands under "Unreleased"
 *   files      versions of all packages, CHANGELOG.md and api/released.jsii
 *   packages   built and packed into dist/release
 *
 * Publishing is left to who has the rights: the commands are printed at the end.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from '../local/processes/lock.js';
import { packAll } from './pack/tarballs.js';
import { BASELINE, breaks, renewBaseline } from './release/api.js';
import { released, unreleased } from './release/changelog.js';
import { packageFiles, setVersions, versionOf } from './release/packages.js';
import { nextVersion } from './release/version.js';
import { buildLock, root } from './support/paths.js';
import { run } from './support/run.js';

const args = process.argv.slice(2);
// `npm run release --dry-run` says it to npm, which passes it on like this.
const dry = args.includes('--dry-run') || process.env.npm_config_dry_run === 'true';
const given = args.find((arg) => !arg.startsWith('--'));
const say = (step: string, text: string): void => console.log(`release  ${step.padEnd(9)} ${text}`);

async function release(): Promise<void> {
  const dirty = (await run('git', ['status', '--porcelain'])).trim();
  if (dirty !== '' && !dry) throw new Error(`there are changes that are not committed:\n${dirty}`);
  say('tree', dirty === '' ? 'is clean' : 'has changes that are not committed, which a release would refuse');

  const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
  const changes = unreleased(changelog);
  if (changes.text === '') throw new Error('CHANGELOG.md says nothing under "Unreleased": there is nothing to release');
  const broken = await breaks();
  if (broken.length > 0 && !changes.breaking) {
    throw new Error(
      `the API breaks who uses the released one (${BASELINE}), and CHANGELOG.md has no "### Breaking" under ` +
        `"Unreleased": take it back, or say there what users have to do\n${broken.join('\n')}`,
    );
  }
  say('api', broken.length === 0 ? 'breaks nothing that is released' : `breaks, as announced:\n${broken.join('\n')}`);

  const current = versionOf();
  const version = nextVersion(current, changes, given);
  say('version', `${current} → ${version}`);

  const today = new Date().toISOString().slice(0, 10);
  const files = [...packageFiles(), 'package-lock.json', 'CHANGELOG.md', BASELINE];
  if (!dry) {
    setVersions(version);
    writeFileSync(join(root, 'CHANGELOG.md'), released(changelog, version, today));
    await run('npm', ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund']);
    await run('npm', ['run', '--silent', 'build']);
    renewBaseline();
  }
  say('files', `${dry ? 'would write' : 'wrote'} ${files.join(', ')}`);

  const folder = join(root, 'dist/release');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const tarballs = await withLock(buildLock, () => packAll(folder));
  say('packages', `${Object.keys(tarballs).length} packed into dist/release${dry ? ` as ${current}` : ''}`);

  const publish = Object.values(tarballs).map((file) => `npm publish ${file}`);
  const next = [
    `git commit --message "Release ${version}" -- ${files.join(' ')}`,
    `git tag v${version}`,
    ...publish,
    'npx jsii-pacmak --outdir dist/jsii   # the wheel and the jar, for twine and mvn',
  ];
  console.log(`\n${dry ? 'A release would go on with' : 'Go on with'}:\n${next.map((line) => `  ${line}`).join('\n')}`);
}

try {
  await release();
} catch (error) {
  console.error(`release  ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
