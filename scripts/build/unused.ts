import type { Plugin } from 'esbuild';

/**
 * What Umzug loads and the function that migrates never calls: its command line, its reading of folders and its other
 * records of what was applied. They would be the larger part of that function.
 */
const UNUSED = /[\\/]umzug[\\/]lib[\\/](cli|file-locker|templates|storage[\\/](json|memory|mongodb|sequelize))\.js$/;

/** Leaves out of a bundle what a package loads and nobody calls; who calls it after all meets `undefined`. */
export const withoutUnused: Plugin = {
  name: 'without-unused',
  setup(build) {
    const empty = () => ({ contents: '' });
    build.onLoad({ filter: UNUSED }, empty);
    build.onResolve({ filter: /^tinyglobby$/ }, ({ path }) => ({ path, namespace: 'unused' }));
    build.onLoad({ filter: /.*/, namespace: 'unused' }, empty);
  },
};
