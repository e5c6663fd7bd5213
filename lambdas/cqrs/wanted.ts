import { MOST_SEEN, type Cursor } from './cursor.js';
import { Problem } from './problem.js';
import type { Token } from './token.js';

/** What a read has to show at least, of the stream that its view follows. */
export interface Wanted {
  /** Per entity the version. */
  readonly versions: ReadonlyMap<string, number>;
  /** When that ends, in seconds since 1970. */
  readonly expires?: number;
}

/**
 * What a token and the cursor of the page before ask of a view: per entity the higher version. What the token says about
 * other streams is of no concern here.
 *
 * @throws Problem `token-too-large` (400) if they name more entities than one read can look at.
 */
export function wantedOf(after: Token | undefined, streamName: string, cursor?: Cursor): Wanted {
  const versions = new Map(cursor?.seen);
  const prefix = `${streamName}/`;
  let expires = cursor?.expires ?? Infinity;
  for (const stream of after?.streams ?? []) {
    const id = stream.startsWith(prefix) ? stream.slice(prefix.length) : '';
    if (id === '') continue;
    versions.set(id, Math.max(versions.get(id) ?? 0, after?.version(stream) ?? 0));
    expires = Math.min(expires, after?.expires ?? Infinity);
  }
  if (versions.size > MOST_SEEN) {
    const given = `the cursor and the token name ${versions.size} entities, at most ${MOST_SEEN} are allowed`;
    throw new Problem('token-too-large', 400, `${given}: start again without the cursor`);
  }
  return { versions, ...(Number.isFinite(expires) ? { expires } : {}) };
}
