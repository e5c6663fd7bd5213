import { isObject } from './is-object.js';

/** The list that a text from outside is the JSON of; an empty one where it is anything else. */
export function listIn(text: string): readonly unknown[] {
  const value = valueIn(text);
  return Array.isArray(value) ? value : [];
}

/** The object that a text from outside is the JSON of; an empty one where it is anything else. */
export function objectIn(text: string): Readonly<Record<string, unknown>> {
  const value = valueIn(text);
  return isObject(value) ? value : {};
}

function valueIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
