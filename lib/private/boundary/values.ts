/** Whether a rendered value has members. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * A value by its path; names are compared without case, since an L1 has `policyName` where a template has `PolicyName`. Of
 * several that may be (`Fn::If`), all.
 */
export function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(member, value);
}

function member(value: unknown, name: string): unknown {
  if (Array.isArray(value)) {
    const found = value.map((each) => member(each, name)).filter((each) => each !== undefined);
    return found.length > 1 ? found : found[0];
  }
  if (!isObject(value)) {
    return undefined;
  }
  if (name in value) {
    return value[name];
  }
  const lower = name.toLowerCase();
  for (const key of Object.keys(value)) {
    if (key.length === lower.length && key.toLowerCase() === lower) {
      return value[key];
    }
  }
  return undefined;
}

/** Whether a statement allows something: under a condition of the template, maybe. */
export function allows(statement: unknown): boolean {
  return texts(at(statement, 'Effect')).includes('Allow');
}

/** One or several, as a list. */
export function list(value: unknown): unknown[] {
  return value === undefined || value === null ? [] : Array.isArray(value) ? value.flat(Infinity) : [value];
}

/** All texts of one or several. */
export function texts(value: unknown): string[] {
  return list(value).filter((each) => typeof each === 'string');
}

/** What a JSON says; nothing where it is none. */
export function parsed(json: unknown): unknown {
  try {
    return typeof json === 'string' ? JSON.parse(json) : undefined;
  } catch {
    return undefined;
  }
}

/** Every text in a value, with the path to it. */
export function* leaves(value: unknown, path = ''): Generator<{ readonly path: string; readonly text: string }> {
  if (typeof value === 'string') {
    yield { path, text: value };
  } else if (Array.isArray(value)) {
    for (const [index, each] of value.entries()) {
      yield* leaves(each, `${path}[${index}]`);
    }
  } else if (isObject(value)) {
    for (const [key, each] of Object.entries(value)) {
      yield* leaves(each, path === '' ? key : `${path}.${key}`);
    }
  }
}
