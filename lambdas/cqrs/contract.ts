import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { DomainEvent } from './event.js';
import type { FieldFault } from './problem.js';
import { validate } from './validate.js';

/** One version of an event type's schema. Made by `v1` and `version`. */
export interface EventSchema<S extends StandardSchemaV1 = StandardSchemaV1, V extends number = number> {
  readonly version: V;
  readonly schema: S;
}

/** Per event type its schema, or all versions of it, ascending. */
export type Contract = Readonly<Record<string, EventSchema | readonly EventSchema[]>>;

type Each<E> = E extends readonly (infer One)[] ? One : E;
type Newest<E> = E extends readonly [...unknown[], infer Last] ? Last : E;
type EventOf<T extends string, E> =
  E extends EventSchema<infer S, infer V> ? DomainEvent<T, V, StandardSchemaV1.InferOutput<S>> : never;
type CreatorOf<T extends string, E> =
  E extends EventSchema<infer S, infer V>
    ? (data: StandardSchemaV1.InferInput<S>) => DomainEvent<T, V, StandardSchemaV1.InferOutput<S>>
    : never;

/** All events of a contract, in all versions. */
export type EventsOf<C extends Contract> = { [T in keyof C & string]: EventOf<T, Each<C[T]>> }[keyof C & string];

/** The events of one type of a contract, in all versions. */
export type EventOfType<C extends Contract, T extends keyof C & string> = EventOf<T, Each<C[T]>>;

/** A creator per event type, of the newest version. */
export type Creators<C extends Contract> = { readonly [T in keyof C & string]: CreatorOf<T, Newest<C[T]>> };

/** Why an event or a contract is refused. */
export type ContractErrorCode =
  'invalid-contract' | 'invalid-event' | 'unstable-schema' | 'unknown-event' | 'unknown-version';

/** A contract that cannot be, or an event that breaks it. `faults` has all fields, and no values. */
export class ContractError extends Error {
  override readonly name = 'ContractError';

  constructor(
    readonly code: ContractErrorCode,
    /** The event type, or the stream's name. */
    readonly subject: string,
    message: string,
    readonly faults: readonly FieldFault[] = [],
  ) {
    const where = faults.map(({ pointer, detail }) => `${pointer === '' ? 'data' : pointer}: ${detail}`).join('; ');
    super(where === '' ? message : `${message}: ${where}`);
  }
}

/**
 * Makes events of one type. The data is checked as it is given and once more as a subscriber will see it, after JSON:
 * a schema that changes its own result would give each reader other data than the one before.
 */
export function creator(type: string, { version, schema }: EventSchema): (data: unknown) => DomainEvent {
  return (data) => {
    const given = validate(schema, data);
    if (given.faults) throw new ContractError('invalid-event', type, `${type} is not as agreed`, given.faults);
    const sent = JSON.stringify(given.value) as string | undefined;
    const received = validate(schema, sent === undefined ? undefined : JSON.parse(sent));
    if (received.faults || JSON.stringify(received.value) !== sent) {
      throw new ContractError(
        'unstable-schema',
        type,
        `the schema of ${type} does not return its own result after JSON: use types that JSON has, and no transforms`,
        received.faults,
      );
    }
    return { type, v: version, data: given.value };
  };
}
