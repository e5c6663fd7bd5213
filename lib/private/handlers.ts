import * as fs from 'fs';
import * as path from 'path';

/**
 * The folder of one of the kit's own handlers, bundled ahead of time.
 *
 * The package's root is found from this file upwards, so the same lookup serves the sources, the compiled library,
 * an npm tarball and a wheel.
 */
export function handlerDirectory(name: string): string {
  const directory = path.join(packageRoot(__dirname), 'dist', 'lambdas', name);
  if (!fs.existsSync(path.join(directory, 'index.mjs'))) {
    throw new Error(
      `the bundled handler "${name}" is missing in ${directory}; run "npm run build" in the package, ` +
        'or install a released package, which brings its handlers along',
    );
  }
  return directory;
}

function packageRoot(from: string): string {
  if (fs.existsSync(path.join(from, 'package.json'))) {
    return from;
  }
  const parent = path.dirname(from);
  if (parent === from) {
    throw new Error(`no package.json above ${__dirname}; the installation of cdk-database-patterns is incomplete`);
  }
  return packageRoot(parent);
}
