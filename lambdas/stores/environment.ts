import { processEnvironment, type Environment } from '../private/environment.js';
import { isObject } from '../private/is-object.js';

export { processEnvironment, type Environment };

/** Why the environment cannot be used. */
export type EnvironmentErrorCode = 'missing-variable' | 'invalid-variable' | 'ambiguous-store';

/** A variable that the construct should have set is missing or is not what it should be. The message has no values. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';

  constructor(
    readonly code: EnvironmentErrorCode,
    /** The variable's name. */
    readonly variable: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** One field of a variable: what is allowed, in words, and the check that says so. */
export interface Field<T> {
  readonly allowed: string;
  readonly accepts: (value: unknown) => value is T;
}

type Fields = Readonly<Record<string, Field<unknown>>>;
type Accepted<F> = F extends Field<infer T> ? T : never;
type OptionalKeys<F extends Fields> = { [K in keyof F]: undefined extends Accepted<F[K]> ? K : never }[keyof F];

/** What a variable with these fields holds. */
export type Values<F extends Fields> = {
  readonly [K in Exclude<keyof F, OptionalKeys<F>>]: Accepted<F[K]>;
} & { readonly [K in OptionalKeys<F>]?: Accepted<F[K]> };

const field = <T>(allowed: string, accepts: (value: unknown) => value is T): Field<T> => ({ allowed, accepts });

/** A text that is not empty. */
export const text = field('a text', (value): value is string => typeof value === 'string' && value !== '');

/** A whole number from 0. */
export const whole = field(
  'a whole number from 0',
  (value): value is number => Number.isSafeInteger(value) && Number(value) >= 0,
);

/** A number from 0, with or without a fraction. */
export const positive = field(
  'a number from 0',
  (value): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0,
);

/** One of these texts. */
export const oneOf = <const T extends readonly string[]>(...allowed: T): Field<T[number]> =>
  field(allowed.join(' or '), (value): value is T[number] => allowed.some((one) => one === value));

/** A field that may be left out. */
export const optional = <T>(inner: Field<T>): Field<T | undefined> =>
  field(`${inner.allowed}, or nothing`, (value): value is T | undefined => value === undefined || inner.accepts(value));

/** A list of objects with these fields. */
export const listOf = <F extends Fields>(fields: F): Field<Values<F>[]> =>
  field(
    `a list of objects with ${Object.keys(fields).join(', ')}`,
    (value): value is Values<F>[] =>
      Array.isArray(value) && value.every((item) => isObject(item) && faultsOf(item, fields).length === 0),
  );

/**
 * Reads one variable of the kit, a JSON object that a construct wrote.
 *
 * @throws EnvironmentError `missing-variable`, or `invalid-variable` with all faults and no values.
 * @example
 * const { waitLimit } = readVariable('DBPATTERNS_QUERIES', { waitLimit: whole, store: text });
 */
export function readVariable<F extends Fields>(
  name: string,
  fields: F,
  env: Environment = processEnvironment(),
): Values<F> {
  const refuse = (code: EnvironmentErrorCode, what: string): never => {
    throw new EnvironmentError(code, name, `the environment variable ${name} is not ${what}`);
  };
  const json = env[name];
  if (json === undefined || json === '') {
    return refuse('missing-variable', 'set: wire the function with its construct, or set it in a test');
  }
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    // What is no JSON is no object either.
  }
  const faults = isObject(value) ? faultsOf(value, fields) : ['it must be a JSON object'];
  if (hasFields(value, fields, faults)) return value;
  return refuse('invalid-variable', `as its construct writes it: ${faults.join('; ')}`);
}

function hasFields<F extends Fields>(value: unknown, _: F, faults: readonly string[]): value is Values<F> {
  return isObject(value) && faults.length === 0;
}

function faultsOf(value: Record<string, unknown>, fields: Fields): string[] {
  return Object.entries(fields)
    .filter(([key, { accepts }]) => !accepts(value[key]))
    .map(([key, { allowed }]) => `${key} must be ${allowed}`);
}
