import { serviceError } from '../../core/errors.js';

/** An item as handlers see it, through the document client. */
export type Item = Record<string, unknown>;

export function invalid(message: string): Error {
  return serviceError('ValidationException', message);
}

/** A copy as the document client sends it: members that are undefined are left out, what is no data is refused. */
export function stored<T>(value: T): T {
  return copied(value) as T;
}

function copied(value: unknown): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Error('Special numeric value is not allowed');
    if (Math.abs(value) > Number.MAX_SAFE_INTEGER) throw new Error('Number is greater than Number.MAX_SAFE_INTEGER');
    return value;
  }
  if (Array.isArray(value)) return value.filter((one) => one !== undefined).map(copied);
  if (value instanceof Uint8Array || value instanceof Set) return structuredClone(value);
  if (isItem(value)) {
    const entries = Object.entries(value).filter(([, member]) => member !== undefined);
    return Object.fromEntries(entries.map(([name, member]) => [name, copied(member)]));
  }
  throw new Error(`Unsupported type passed: ${Object.prototype.toString.call(value)}`);
}

export function isItem(value: unknown): value is Item {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Whether two values are equal as DynamoDB compares them: of the same type and content. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (a instanceof Set && b instanceof Set) return a.size === b.size && [...a].every((one) => b.has(one));
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [Object.entries(a), b as Item];
  return left.length === Object.keys(right).length && left.every(([name, value]) => isEqual(value, right[name]));
}

/** The order of two keys of the same type; NaN where there is none. */
export function compared(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  return NaN;
}

/** The size of an item in bytes, as it is billed. */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number') return Math.ceil(String(value).replace(/\D/g, '').length / 2) + 1;
  if (typeof value !== 'object' || value === null) return 1;
  if (value instanceof Uint8Array) return value.length;
  if (value instanceof Set) return [...value].reduce<number>((sum, one) => sum + sizeOf(one), 0);
  if (Array.isArray(value)) return value.reduce<number>((sum, one) => sum + 1 + sizeOf(one), 3);
  const members = Object.entries(value).reduce((sum, [name, one]) => sum + Buffer.byteLength(name) + sizeOf(one), 0);
  return members;
}
