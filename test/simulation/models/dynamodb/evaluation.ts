import type { Condition, Operand, Path, UpdateAction } from './parser.js';
import { compared, invalid, isEqual, isItem, type Item } from './values.js';

/** Whether an item, or its absence, meets a condition. */
export function meets(item: Item | undefined, condition: Condition): boolean {
  switch (condition.kind) {
    case 'and':
      return condition.parts.every((part) => meets(item, part));
    case 'or':
      return condition.parts.some((part) => meets(item, part));
    case 'not':
      return !meets(item, condition.part);
    case 'exists':
      return (at(item, condition.path) !== undefined) === condition.wanted;
    case 'between': {
      const value = valueOf(item, condition.value);
      const [from, to] = [valueOf(item, condition.from), valueOf(item, condition.to)];
      return compared(value, from) >= 0 && compared(value, to) <= 0;
    }
    case 'in': {
      const value = valueOf(item, condition.value);
      return condition.list.some((one) => isEqual(value, valueOf(item, one)));
    }
    case 'begins_with': {
      const [value, start] = [at(item, condition.path), valueOf(item, condition.value)];
      return typeof value === 'string' && typeof start === 'string' && value.startsWith(start);
    }
    case 'contains': {
      const [value, part] = [at(item, condition.path), valueOf(item, condition.value)];
      if (typeof value === 'string') return typeof part === 'string' && value.includes(part);
      if (value instanceof Set) return value.has(part);
      return Array.isArray(value) && value.some((one) => isEqual(one, part));
    }
    case 'compare':
      return holds(condition.operator, valueOf(item, condition.left), valueOf(item, condition.right));
  }
}

function holds(operator: string, a: unknown, b: unknown): boolean {
  if (a === undefined || b === undefined) return operator === '<>' && a !== b;
  switch (operator) {
    case '=':
      return isEqual(a, b);
    case '<>':
      return !isEqual(a, b);
    case '<':
      return compared(a, b) < 0;
    case '<=':
      return compared(a, b) <= 0;
    case '>':
      return compared(a, b) > 0;
    case '>=':
      return compared(a, b) >= 0;
    default:
      throw invalid(`Syntax error; token: "${operator}"`);
  }
}

/** What stands at a place of an item. */
export function at(item: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, step) => {
    if (typeof step === 'number') return Array.isArray(value) ? value[step] : undefined;
    return isItem(value) ? value[step] : undefined;
  }, item);
}

/** The item after an update; all operands see it as it was before. */
export function updated(before: Item, actions: readonly UpdateAction[]): Item {
  const after = structuredClone(before);
  for (const action of actions) {
    const parent = at(after, action.path.slice(0, -1));
    const name = action.path.at(-1)!;
    if (!isItem(parent) || typeof name === 'number') {
      throw invalid('The document path provided in the update expression is invalid for update');
    }
    if (action.kind === 'remove') delete parent[name];
    else if (action.kind === 'set') {
      const value = valueOf(before, action.value);
      if (value === undefined) {
        throw invalid('The provided expression refers to an attribute that does not exist in the item');
      }
      parent[name] = structuredClone(value);
    } else {
      const value = moved(action.kind, at(before, action.path), valueOf(before, action.value));
      if (value === undefined) delete parent[name];
      else parent[name] = value;
    }
  }
  return after;
}

/** What ADD and DELETE make of a number or a set; an empty set is none. */
function moved(kind: 'add' | 'delete', old: unknown, by: unknown): unknown {
  if (kind === 'add' && typeof by === 'number' && (old === undefined || typeof old === 'number'))
    return (old ?? 0) + by;
  if (!(by instanceof Set) || (old !== undefined && !(old instanceof Set))) {
    throw invalid('An operand in the update expression has an incorrect data type');
  }
  const after = new Set<unknown>(old);
  for (const one of by) {
    if (kind === 'add') after.add(one);
    else after.delete(one);
  }
  return after.size === 0 ? undefined : after;
}

function valueOf(item: Item | undefined, operand: Operand): unknown {
  switch (operand.kind) {
    case 'value':
      return operand.value;
    case 'path':
      return at(item, operand.path);
    case 'size': {
      const value = at(item, operand.path);
      if (typeof value === 'string') return Buffer.byteLength(value);
      if (value instanceof Set) return value.size;
      return typeof value === 'object' && value !== null ? Object.keys(value).length : undefined;
    }
    case 'if_not_exists':
      return at(item, operand.path) ?? valueOf(item, operand.otherwise);
    case 'list_append': {
      const [first, second] = [valueOf(item, operand.first), valueOf(item, operand.second)];
      if (!Array.isArray(first) || !Array.isArray(second)) throw invalid('list_append takes lists');
      return [...(first as unknown[]), ...(second as unknown[])];
    }
    case 'sum': {
      const [first, second] = [valueOf(item, operand.first), valueOf(item, operand.second)];
      if (typeof first !== 'number' || typeof second !== 'number') {
        throw invalid('An operand in the update expression has an incorrect data type');
      }
      return first + operand.sign * second;
    }
  }
}
