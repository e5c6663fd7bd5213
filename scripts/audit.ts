/**
 * What is installed is what was looked at, and nothing that is known to be vulnerable: every package of the lock file is
 * from the registry and has its hash, every Python package is pinned with its hashes, and the registry knows of no
 * advisory of a high severity. `AUDIT=required` makes a registry without advisories a failure.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from './support/paths.js';
import { CommandFailed, run } from './support/run.js';

interface Lock {
  readonly packages: Readonly<
    Record<string, { resolved?: string; integrity?: string; link?: boolean; inBundle?: boolean }>
  >;
}

const REGISTRY = 'https://registry.npmjs.org/';

/** Packages of the lock file that are from elsewhere, or without a hash. */
function unlocked(): string[] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock;
  return Object.entries(packages)
    .filter(([path, { link, inBundle }]) => path.includes('node_modules/') && !link && !inBundle)
    .filter(
      ([, { resolved, integrity }]) =>
        !(resolved ?? REGISTRY).startsWith(REGISTRY) || !integrity?.startsWith('sha512-'),
    )
    .map(([path, { resolved }]) => `package-lock.json: ${path} has no hash, or is of ${resolved ?? 'the registry'}`);
}

/** Requirements of Python that are not pinned, or have no hash. */
function unpinned(): string[] {
  const files = ['local', 'scripts'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /(^|\/)requirements[^/]*\.txt$/.test(file) && !/node_modules|\bdist\b/.test(file))
      .map((file) => join(root, folder, file)),
  );
  return files.flatMap((file) =>
    readFileSync(file, 'utf8')
      .replace(/\\\n/g, ' ')
      .split('\n')
      .filter((line) => /^[A-Za-z]/.test(line) && !/^\S+==\S+( ;[^-]*)?\s.*--hash=sha256:/.test(line))
      .map((line) => `${relative(root, file)}: ${line} is not pinned with its hash`),
  );
}

/** What the registry says; undefined where it has no advisories. */
async function advisories(): Promise<string[] | undefined> {
  try {
    await run('npm', ['audit', '--audit-level=high', '--loglevel=notice'], { cwd: root });
    return [];
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    return /audit endpoint returned an error|ENOTFOUND|ECONNREFUSED|ENOAUDIT/.test(error.output)
      ? undefined
      : [error.output];
  }
}

const known = await advisories();
const findings = [...unlocked(), ...unpinned(), ...(known ?? [])];
for (const finding of findings) console.error(`audit  ${finding}`);
console.log(
  known === undefined
    ? 'audit  the registry within reach has no advisories: what is known to be vulnerable was not asked'
    : 'audit  npm knows of no advisory of high severity that is not above',
);
if (findings.length === 0) console.log('audit  all packages are pinned by hash');
process.exitCode = findings.length > 0 || (known === undefined && process.env.AUDIT === 'required') ? 1 : 0;
