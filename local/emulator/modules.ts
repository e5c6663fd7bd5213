import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * Prepares the folder in which the emulator unpacks functions: an ESM handler that leaves the AWS SDK to the runtime
 * resolves it through a node_modules above its code, and the workers are CommonJS whatever package lies above.
 */
export function prepareFunctionsFolder(directory: string): void {
  fs.rmSync(directory, { recursive: true, force: true });
  fs.mkdirSync(join(directory, 'node_modules'), { recursive: true });
  fs.writeFileSync(join(directory, 'package.json'), JSON.stringify({ type: 'commonjs', private: true }));
  const client = packageFolder(import.meta.url, '@aws-sdk/client-dynamodb');
  const core = packageFolder(join(client, 'package.json'), '@smithy/core');
  fs.symlinkSync(dirname(client), join(directory, 'node_modules', '@aws-sdk'));
  fs.symlinkSync(dirname(core), join(directory, 'node_modules', '@smithy'));
}

function packageFolder(from: string, name: string): string {
  let directory = dirname(createRequire(from).resolve(name));
  while (!isPackage(directory, name)) directory = dirname(directory);
  return directory;
}

function isPackage(directory: string, name: string): boolean {
  try {
    return (JSON.parse(fs.readFileSync(join(directory, 'package.json'), 'utf8')) as { name?: string }).name === name;
  } catch {
    return false;
  }
}
