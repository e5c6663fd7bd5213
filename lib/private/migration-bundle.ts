import { createHash } from 'crypto';
import * as fs from 'fs';
import * as path from 'path';
import { Stage } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { handlerDirectory } from './handlers';

const FILE_NAME = /^(\d{4})_[a-z0-9_-]+\.sql$/;
const MEND = 'name it as in 0001_products.sql: four digits that give the order, an underscore, lower-case words';

/** A directory for the migrate function: its code, the kit's SQL files and the user's. */
export interface MigrationBundle {
  readonly directory: string;
  /** Changes whenever something in the directory does. */
  readonly checksum: string;
}

/** All that is wrong with a directory of migrations. */
export function migrationFindings(directory: string | undefined): string[] {
  if (directory === undefined) {
    return [];
  }
  const resolved = path.resolve(directory);
  if (!fs.existsSync(resolved) || !fs.statSync(resolved).isDirectory()) {
    return [
      `migrations is "${directory}", and there is no directory ${resolved}; a relative path starts at the directory ` +
        'in which the app is run: create it, or give an absolute path, as in path.join(__dirname, "sql")',
    ];
  }
  const names = entries(resolved);
  if (names.length === 0) {
    return [`migrations is "${directory}", which is empty; leave the property out while there is no migration`];
  }
  const owners = new Map<string, string>();
  return names.flatMap((name) => {
    const order = FILE_NAME.exec(name)?.[1];
    if (order === undefined) {
      return [`migrations "${directory}" holds "${name}", which is no migration; ${MEND}, or move it elsewhere`];
    }
    const owner = owners.get(order);
    owners.set(order, owner ?? name);
    const findings =
      owner === undefined ? [] : [`migrations "${owner}" and "${name}" have the same number; give each its own`];
    if (fs.readFileSync(path.join(resolved, name), 'utf8').trim() === '') {
      findings.push(`migration "${name}" is empty; give it a statement, or remove it if it was never deployed`);
    }
    return findings;
  });
}

/**
 * Puts the bundled handler and the user's SQL files into one directory.
 *
 * It lies in the cloud assembly, where the CDK takes assets from at any time of the synthesis, and its name and content
 * depend on nothing but the construct's path and the files.
 */
export function migrationBundle(scope: Construct, directory: string | undefined): MigrationBundle {
  const assembly = Stage.of(scope)?.outdir;
  if (assembly === undefined) {
    throw new Error(`${scope.node.path} is in no app; give its stack an App or a Stage as scope`);
  }
  const bundle = path.join(assembly, `migrations-${scope.node.addr}`);
  fs.rmSync(bundle, { recursive: true, force: true });
  fs.cpSync(handlerDirectory('migrate'), bundle, { recursive: true });
  const own = path.join(bundle, 'app');
  fs.mkdirSync(own);
  for (const name of migrationFiles(directory)) {
    fs.copyFileSync(path.join(path.resolve(directory ?? ''), name), path.join(own, name));
  }
  return { directory: bundle, checksum: checksumOf(bundle) };
}

function migrationFiles(directory: string | undefined): string[] {
  if (directory === undefined || !fs.existsSync(directory) || !fs.statSync(directory).isDirectory()) {
    return [];
  }
  return entries(directory).filter((name) => FILE_NAME.test(name));
}

function entries(directory: string): string[] {
  return fs
    .readdirSync(directory)
    .filter((name) => !name.startsWith('.'))
    .sort();
}

function checksumOf(directory: string): string {
  const hash = createHash('sha256');
  const files = fs
    .readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .sort();
  for (const file of files) {
    const content = fs.readFileSync(path.join(directory, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}
