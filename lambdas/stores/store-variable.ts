import { EnvironmentError, processEnvironment, type Environment } from './environment.js';

const PREFIX = 'DBPATTERNS_STORE_';

/**
 * The variable of a store: the one with this construct id, or the only one of its kind.
 *
 * @throws EnvironmentError `missing-variable` or `ambiguous-store`.
 */
export function storeVariable(kind: string, name?: string, env: Environment = processEnvironment()): string {
  // A construct passes on the name as the variable has it, a handler the construct's id.
  if (name !== undefined) return env[PREFIX + name] === undefined ? PREFIX + upperSnake(name) : PREFIX + name;
  const found = Object.keys(env).filter((key) => key.startsWith(PREFIX) && env[key]?.includes(`"kind":"${kind}"`));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const names = found.map((key) => key.slice(PREFIX.length)).join(', ');
  throw only === undefined
    ? new EnvironmentError(
        'missing-variable',
        `${PREFIX}*`,
        `no ${kind} store is wired to this function: call store.wire(fn, access)`,
      )
    : new EnvironmentError(
        'ambiguous-store',
        `${PREFIX}*`,
        `several ${kind} stores are wired to this function: name one of ${names}`,
      );
}

/** `ProductView` → `PRODUCT_VIEW`, as the construct turns its id into a name. */
function upperSnake(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toUpperCase();
}
