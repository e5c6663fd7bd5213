import { isObject } from '../private/is-object.js';
import { Problem } from './problem.js';
import { isKeyValue } from './sort-order.js';

type Key = Readonly<Record<string, unknown>>;

/** Where a page ended, and what it was asked to show at least. */
export interface Cursor {
  /** The key of the last item that was looked at. */
  readonly key: Key;
  /** Per entity of the token the version that was shown: later pages show at least that, and none of them twice. */
  readonly seen: ReadonlyMap<string, number>;
  /** When `seen` ends, in seconds since 1970; left out where nothing was seen. */
  readonly expires?: number;
}

/** What a cursor has to say to be one of this list. */
export interface CursorTerms {
  /** The attributes of its key: those of table and index. */
  readonly names: readonly string[];
  /** What the key must say about the partition that is listed. */
  readonly partition: Key;
  readonly now: Date;
}

/** The longest cursor: two keys of DynamoDB and what was seen, encoded. */
const LONGEST = 12_000;

/** Of how many entities a cursor remembers what was seen: one batch of reads, or nearly one transaction. */
export const MOST_SEEN = 90;

/** A cursor as opaque text. */
export function cursorText({ key, seen, expires }: Cursor): string {
  const carried = seen.size === 0 ? {} : { s: Object.fromEntries(seen), e: expires };
  return Buffer.from(JSON.stringify({ k: key, ...carried }), 'utf8').toString('base64url');
}

/**
 * Reads a cursor as a client sent it.
 *
 * @throws Problem `invalid-cursor` (400) if it is not one of this list, `token-expired` (400) if what it carries is past
 * its time.
 */
export function parseCursor(text: string, { names, partition, now }: CursorTerms): Cursor {
  const { k: key, s, e } = text.length > LONGEST ? {} : decoded(text);
  const carried = seenOf(s, e);
  if (!isObject(key) || carried === undefined) throw invalid();
  const known = Object.keys(key).length === names.length && names.every((name) => isKeyValue(key[name]));
  if (!known || Object.entries(partition).some(([name, value]) => key[name] !== value)) throw invalid();
  if (carried.expires !== undefined && carried.expires * 1000 <= now.getTime()) {
    throw new Problem('token-expired', 400, 'the token that the cursor carries has expired: start again without it');
  }
  return { key, ...carried };
}

function invalid(): Problem {
  return new Problem('invalid-cursor', 400, 'the cursor is not one of this list: send it as it was received');
}

/** What was seen and when that ends: both parts or neither; undefined where they are not what `cursorText` writes. */
function seenOf(seen: unknown, expires: unknown): Pick<Cursor, 'seen' | 'expires'> | undefined {
  if (seen === undefined && expires === undefined) return { seen: new Map() };
  if (!isObject(seen) || !isCount(expires)) return undefined;
  const versions = new Map<string, number>();
  for (const [id, version] of Object.entries(seen)) {
    if (id === '' || !isCount(version)) return undefined;
    versions.set(id, version);
  }
  return versions.size === 0 || versions.size > MOST_SEEN ? undefined : { seen: versions, expires };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 1;
}

function decoded(text: string): Key {
  try {
    const body: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return isObject(body) ? body : {};
  } catch {
    return {};
  }
}
