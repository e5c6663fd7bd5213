import { PoisonError } from './poison.js';

/** The fields of an entity as its view keeps them. */
export type Fields = Readonly<Record<string, unknown>>;

/** What one event does to its entity's item: made by {@link put}, {@link set} or {@link remove}. */
export type EntityOperation =
  | { readonly operation: 'put'; readonly fields: Fields }
  | { readonly operation: 'set'; readonly fields: Fields }
  | { readonly operation: 'remove' };

/** What a whole commit does to its entity's item. `pass` moves the version only. */
export type EntityChange = EntityOperation | { readonly operation: 'pass' };

/**
 * The item becomes exactly this; what was there before is gone.
 *
 * @example
 * ProductCreated: ({ data }) => put({ name: data.name, price: data.price }),
 */
export function put(fields: object): EntityOperation {
  return { operation: 'put', fields: { ...fields } };
}

/**
 * These fields of an existing item change, the others stay. A field that is `undefined` is taken out, and with it the
 * item from the indexes that have it as a key. An entity that is missing or removed cannot be changed: such an event is
 * poison.
 *
 * @example
 * PriceChanged: ({ data }) => set({ price: data.price }),
 */
export function set(fields: object): EntityOperation {
  return { operation: 'set', fields: { ...fields } };
}

/**
 * The entity is gone. Its item becomes a tombstone that holds its version, so that no late event brings it back.
 *
 * @example
 * ProductRetired: () => remove(),
 */
export function remove(): EntityOperation {
  return { operation: 'remove' };
}

/** The one change that the operations of a commit come to, in their order. */
export function fold(operations: readonly EntityOperation[]): EntityChange {
  return operations.reduce<EntityChange>(followedBy, { operation: 'pass' });
}

/** What an entity is before its first commit: as good as removed. */
export const MISSING: EntityChange = { operation: 'remove' };

/** One change after another, as one. */
export function followedBy(before: EntityChange, next: EntityChange): EntityChange {
  if (next.operation === 'pass') return before;
  if (next.operation !== 'set') return next;
  switch (before.operation) {
    case 'pass':
      return next;
    case 'remove':
      throw entityMissing();
    case 'put':
    case 'set':
      return { operation: before.operation, fields: { ...before.fields, ...next.fields } };
  }
}

/** Why fields cannot be set. */
export function entityMissing(): PoisonError {
  return new PoisonError('entity-missing', 'set needs an existing entity, and this one is missing or removed: use put');
}
