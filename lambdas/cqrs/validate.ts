import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { FieldFault } from './problem.js';

/** The value as its schema returns it, or all of its faults. */
export type Validated<T> =
  | { readonly value: T; readonly faults?: undefined }
  | { readonly value?: undefined; readonly faults: readonly FieldFault[] };

/** A schema that can only be checked asynchronously. Contracts are checked where nothing may wait. */
export class AsyncSchemaError extends TypeError {
  override readonly name = 'AsyncSchemaError';
  readonly code = 'async-schema';

  constructor(vendor: string) {
    super(
      `a schema of ${vendor} answered with a promise: only synchronous checks are allowed, move the wait to a handler`,
    );
  }
}

/**
 * Checks a value against a Standard Schema (zod, valibot, arktype …), synchronously.
 *
 * @throws AsyncSchemaError if the schema waits for something.
 */
export function validate<S extends StandardSchemaV1>(
  schema: S,
  value: unknown,
): Validated<StandardSchemaV1.InferOutput<S>> {
  const standard: StandardSchemaV1.Props<StandardSchemaV1.InferInput<S>, StandardSchemaV1.InferOutput<S>> = schema[
    '~standard'
  ];
  const result = standard.validate(value);
  if (result instanceof Promise) {
    result.catch(() => undefined);
    throw new AsyncSchemaError(standard.vendor);
  }
  if (result.issues === undefined) return { value: result.value };
  return {
    faults: result.issues.map(({ message, path }) => ({ pointer: pointer(path ?? []), detail: message })),
  };
}

/** A path as a JSON pointer, RFC 6901. */
export function pointer(path: ReadonlyArray<PropertyKey | StandardSchemaV1.PathSegment>): string {
  return path
    .map((segment) => (typeof segment === 'object' ? segment.key : segment))
    .map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}
