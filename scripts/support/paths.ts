import { fileURLToPath } from 'node:url';

/** The repository's root, with a slash at its end. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** Held while something is built or packed. */
export const buildLock = `${root}dist/.lock`;
