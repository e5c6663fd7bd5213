import { Problem } from './problem.js';

type Key = Readonly<Record<string, unknown>>;

/** A cursor: where a page ended, as opaque text. */
export function cursorOf(key: Key): string {
  return Buffer.from(JSON.stringify(key), 'utf8').toString('base64url');
}

/**
 * Reads a cursor as a client sent it.
 *
 * @param names - the attributes that it must have: the keys of table and index
 * @param partition - what it must say about the partition that is listed
 * @throws Problem `invalid-cursor` (400) if it is not one of this list.
 */
export function parseCursor(cursor: string, names: readonly string[], partition: Key): Key {
  const key = decoded(cursor);
  const given = Object.keys(key);
  const known = given.length === names.length && names.every((name) => isKeyValue(key[name]));
  if (!known || Object.entries(partition).some(([name, value]) => key[name] !== value)) {
    throw new Problem('invalid-cursor', 400, 'the cursor is not one of this list: send it as it was received');
  }
  return key;
}

function isKeyValue(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number';
}

function decoded(cursor: string): Key {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return typeof key === 'object' && key !== null ? { ...key } : {};
  } catch {
    return {};
  }
}
