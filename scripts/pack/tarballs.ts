import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../support/run.js';

/** What a package may hold, beside what npm always packs (package.json, README, LICENSE). */
const ALLOWED: Record<string, RegExp> = {
  'cdk-database-patterns': /^(\.jsii$|API\.md$|dist\/lib\/.+\.(js|d\.ts)$|dist\/lambdas\/.+\.(mjs|sql)$)/,
  'cdk-database-patterns-lambda': /^dist\/(esm|cjs)\/(.+\.(js|d\.ts)|package\.json)$/,
  'cdk-database-patterns-local':
    /^(bin\/.+\.js$|dist\/.+\.(js|d\.ts)$|emulator\/(\w+\.py|requirements\.txt)$|localstack\/[\w.-]+\.(cjs|json|py|txt|yml)$)/,
  'cdk-database-patterns-cli': /^(bin\/.+\.js$|dist\/.+\.(js|d\.ts)$)/,
};
const ALWAYS = /^(package\.json|README\.md|LICENSE)$/;

interface Packed {
  readonly name: string;
  readonly filename: string;
  readonly size: number;
  readonly files: ReadonlyArray<{ readonly path: string }>;
}

/** Packs the four packages into a folder. Returns name → tarball; throws if one holds what it should not, or lacks. */
export async function packAll(folder: string): Promise<Record<string, string>> {
  const packages = ['.', './lambdas', './local', './cli'];
  const output = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder, ...packages], {
    // `npm run release --dry-run` says it to every npm below it, and tarballs are made then as well
    env: { npm_config_loglevel: 'error', npm_config_dry_run: 'false' },
  });
  const packed = JSON.parse(output.slice(output.indexOf('['))) as Packed[];
  for (const { name, filename, size, files } of packed) {
    const paths = files.map((file) => file.path);
    const stray = paths.filter((path) => !ALWAYS.test(path) && !ALLOWED[name]?.test(path));
    if (stray.length > 0) throw new Error(`the tarball of ${name} holds what it should not: ${stray.join(', ')}`);
    for (const file of ['LICENSE', 'README.md']) {
      if (!paths.includes(file)) throw new Error(`the tarball of ${name} has no ${file}`);
    }
    if (!existsSync(join(folder, filename)))
      throw new Error(`npm says that it packed ${name}, and there is no ${filename}`);
    console.log(`pack  ${name}: ${files.length} files, ${Math.ceil(size / 1024)} KB`);
  }
  return Object.fromEntries(packed.map(({ name, filename }) => [name, join(folder, filename)]));
}
