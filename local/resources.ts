import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file of this package, found from its sources and from dist/ alike. */
export function packageFile(...path: string[]): string {
  return join(packageRoot(), ...path);
}

function packageRoot(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!fs.existsSync(join(directory, 'package.json'))) directory = dirname(directory);
  return directory;
}
