import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { DomainEvent } from './event.js';
import type { FieldFault } from './problem.js';
import { validate } from './validate.js';

/** One version of an event type's schema. Made by `v1` and `version`. */
export interface EventSchema<S extends StandardSchemaV1 = StandardSchemaV1, V extends number = number> {
  readonly version: V;
  readonly schema: S;
}

/** A version whose events are made of the version before. Made by `version` with `upcast`. */
export interface UpcastSchema<
  S extends StandardSchemaV1 = StandardSchemaV1,
  V extends number = number,
  Old = never,
> extends EventSchema<S, V> {
  /** Makes data of this version out of data of the version before. */
  readonly upcast: (old: Old) => unknown;
}

/** Per event type its schema, or all versions of it, ascending. */
export type Contract = Readonly<Record<string, EventSchema | readonly EventSchema[]>>;

type OutputOf<E> = E extends EventSchema<infer S> ? StandardSchemaV1.InferOutput<S> : never;
type Newest<E> = E extends readonly [...unknown[], infer Last] ? Last : E;

/** The versions that handlers see: those that no later one is made of. */
type Seen<E> = E extends readonly [infer First, infer Next, ...infer Rest]
  ? Next extends UpcastSchema
    ? Seen<readonly [Next, ...Rest]>
    : First | Seen<readonly [Next, ...Rest]>
  : E extends readonly (infer One)[]
    ? One
    : E;

/** A list of versions, each upcast taking what the version before has: this is where its parameter's type is checked. */
type Chained<L extends readonly unknown[], Old = never> = L extends readonly [infer First, ...infer Rest]
  ? readonly [
      First extends UpcastSchema
        ? First extends EventSchema<infer S, infer V>
          ? UpcastSchema<S, V, Old>
          : never
        : First,
      ...Chained<Rest, OutputOf<First>>,
    ]
  : L;

/** A contract whose upcasts fit. */
export type Upcasting<C> = { readonly [T in keyof C]: C[T] extends readonly unknown[] ? Chained<C[T]> : C[T] };

type EventOf<T extends string, E> =
  E extends EventSchema<infer S, infer V> ? DomainEvent<T, V, StandardSchemaV1.InferOutput<S>> : never;
type CreatorOf<T extends string, E> =
  E extends EventSchema<infer S, infer V>
    ? (data: StandardSchemaV1.InferInput<S>) => DomainEvent<T, V, StandardSchemaV1.InferOutput<S>>
    : never;

/** All events of a contract, in the versions that handlers see. */
export type EventsOf<C extends Contract> = { [T in keyof C & string]: EventOf<T, Seen<C[T]>> }[keyof C & string];

/** The events of one type of a contract, in the versions that handlers see. */
export type EventOfType<C extends Contract, T extends keyof C & string> = EventOf<T, Seen<C[T]>>;

/** A creator per event type, of the newest version. */
export type Creators<C extends Contract> = { readonly [T in keyof C & string]: CreatorOf<T, Newest<C[T]>> };

/** Why an event or a contract is refused. */
export type ContractErrorCode =
  | 'invalid-contract'
  | 'invalid-event'
  | 'invalid-upcast'
  | 'no-json-schema'
  | 'unstable-schema'
  | 'unknown-event'
  | 'unknown-version';

/**
 * A contract that cannot be, or an event that breaks it. The message names all fields at fault and no value. `faults` has
 * what the schema says of each, which may quote the value: it is for who sent it, and not for a log.
 */
export class ContractError extends Error {
  override readonly name = 'ContractError';

  constructor(
    readonly code: ContractErrorCode,
    /** The event type, or the stream's name. */
    readonly subject: string,
    message: string,
    readonly faults: readonly FieldFault[] = [],
  ) {
    const where = faults.map(({ pointer }) => (pointer === '' ? 'its data' : pointer)).join(', ');
    super(where === '' ? message : `${message}; at fault: ${where}`);
  }
}

/**
 * Data of an event in the newest version that can be made of it, by the upcasts of the versions that follow.
 *
 * @param later - the versions after the event's own, ascending
 * @throws ContractError `invalid-upcast`.
 */
export function upcast(event: DomainEvent, later: readonly EventSchema[]): DomainEvent {
  let { v, data } = event;
  for (const next of later) {
    if (!isUpcast(next)) break;
    const { value, faults } = validate(next.schema, next.upcast(data as never));
    if (faults) {
      const what = `the upcast of ${event.type} from version ${v} does not give version ${next.version}`;
      throw new ContractError('invalid-upcast', event.type, what, faults);
    }
    ({ version: v } = next);
    data = value;
  }
  return { type: event.type, v, data };
}

function isUpcast(schema: EventSchema): schema is UpcastSchema {
  return 'upcast' in schema;
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
