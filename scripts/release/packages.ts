import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../support/paths.js';

interface Manifest {
  readonly name: string;
  version: string;
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
}

/** The package.json of each package and example: their versions move together. */
export function packageFiles(): string[] {
  const examples = readdirSync(join(root, 'examples')).map((name) => `examples/${name}/package.json`);
  return ['package.json', 'lambdas/package.json', 'local/package.json', 'cli/package.json', ...examples].filter(
    (file) => existsSync(join(root, file)),
  );
}

/**
 * The version that all packages have.
 *
 * @throws Error where they differ.
 */
export function versionOf(): string {
  const versions = new Map(packageFiles().map((file) => [file, read(file).version]));
  const [version = '', ...others] = [...new Set(versions.values())];
  if (others.length === 0) return version;
  const list = [...versions].map(([file, one]) => `${file} ${one}`).join(', ');
  throw new Error(`versions move together, and these differ: ${list}`);
}

/** Gives all packages a version, and what they say of each other with it. */
export function setVersions(version: string): void {
  const names = new Set(packageFiles().map((file) => read(file).name));
  for (const file of packageFiles()) {
    const manifest = read(file);
    manifest.version = version;
    for (const dependencies of [manifest.dependencies ?? {}, manifest.devDependencies ?? {}]) {
      for (const [name, range] of Object.entries(dependencies)) {
        if (names.has(name) && !range.startsWith('file:')) dependencies[name] = version;
      }
    }
    writeFileSync(join(root, file), `${JSON.stringify(manifest, undefined, 2)}\n`);
  }
}

function read(file: string): Manifest {
  return JSON.parse(readFileSync(join(root, file), 'utf8')) as Manifest;
}
