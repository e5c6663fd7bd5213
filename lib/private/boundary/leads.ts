import { isMarked } from './marks';
import { isObject } from './values';

/** A text that may lead somewhere, and the path to it. */
export interface Lead {
  readonly path: string;
  readonly text: string;
}

/**
 * All texts in a value that may lead somewhere: marks, ARNs, values of secrets, ids of security groups. Most texts do not, and
 * need not be looked at by each who asks where a resource leads.
 */
export function leadsIn(value: unknown): Lead[] {
  const leads: Lead[] = [];
  collect(value, [], leads);
  return leads;
}

function collect(value: unknown, path: (string | number)[], leads: Lead[]): void {
  if (typeof value === 'string') {
    if (isMarked(value) || value.includes('arn:') || value.startsWith('sg-') || value.includes('{{resolve:')) {
      leads.push({ path: pathOf(path), text: value });
    }
  } else if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      path.push(index);
      collect(value[index], path, leads);
      path.pop();
    }
  } else if (isObject(value)) {
    for (const key of Object.keys(value)) {
      path.push(key);
      collect(value[key], path, leads);
      path.pop();
    }
  }
}

function pathOf(names: readonly (string | number)[]): string {
  return names.map((name, n) => (typeof name === 'number' ? `[${name}]` : n === 0 ? name : `.${name}`)).join('');
}
