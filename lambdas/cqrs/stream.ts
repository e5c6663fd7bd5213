import type { StandardSchemaV1 } from '@standard-schema/spec';
import { ContractError, creator, upcast } from './contract.js';
import type { Contract, Creators, EventSchema, EventsOf, Upcasting, UpcastSchema } from './contract.js';
import type { DomainEvent } from './event.js';
import { validate } from './validate.js';

/** What one entity's history may hold, said once for who publishes and who subscribes. */
export interface Stream<C extends Contract = Contract, N extends string = string> {
  /** The stream's name, `product`; also the transport's detail-type. */
  readonly name: N;
  readonly contract: C;
  /** A creator per event type, of the newest version: it checks the data and returns the event. */
  readonly events: Creators<C>;
  /** The stream of one entity: `product/85123A`. */
  of(id: string): string;
  /**
   * Checks an event that was received, or made by other means than this stream's creators, and gives it in the newest
   * version that upcasts make of it.
   *
   * @throws ContractError `unknown-event`, `unknown-version`, `invalid-event` or `invalid-upcast`.
   */
  read(event: DomainEvent): EventsOf<C>;
}

/** How a version is made of the one before. */
export interface VersionOptions<S extends StandardSchemaV1, Old> {
  /**
   * Makes data of this version out of data of the version before, purely: it runs again whenever an old event is read.
   * Handlers then see this version only, and need not know that there was another. Default: handlers see both.
   * Write the type of `old`: `stream` checks it against the version before. A parameter without a type has no fields.
   */
  readonly upcast: (old: Old) => StandardSchemaV1.InferInput<S>;
}

/**
 * What a parameter of `upcast` is whose type is not written. A call inside a list is typed before its neighbours, so that
 * the type cannot follow from the version before; without a default, destructuring would make every field `any`.
 */
interface TypeOfVersionBeforeIsNotWritten {
  /** All data has it: who takes no parameter, or makes nothing of it, need not write a type. */
  toString(): string;
}

/**
 * Version `n` of an event type's schema. Its JSON is what travels, so it must accept what it returns.
 *
 * @example
 * const inPounds = z.object({ pounds: z.number() });
 * const inPence = z.object({ pence: z.int() });
 * const toPence = ({ pounds }: z.infer<typeof inPounds>) => ({ pence: Math.round(pounds * 100) });
 * const product = stream('product', { PriceChanged: [v1(inPounds), version(2, inPence, { upcast: toPence })] });
 */
export function version<const V extends number, S extends StandardSchemaV1, Old = TypeOfVersionBeforeIsNotWritten>(
  n: V,
  schema: S,
  options: VersionOptions<S, Old>,
): UpcastSchema<S, V, Old>;
export function version<const V extends number, S extends StandardSchemaV1>(n: V, schema: S): EventSchema<S, V>;
export function version(n: number, schema: StandardSchemaV1, options?: VersionOptions<StandardSchemaV1, never>) {
  return { version: n, schema, ...options };
}

/** The first version of an event type's schema. */
export function v1<S extends StandardSchemaV1>(schema: S): EventSchema<S, 1> {
  return version(1, schema);
}

/**
 * The contract of a stream: its name, and per event type the schema of each version that is still in its history.
 *
 * @param name - letters, digits, `-` and `_`, at most 64
 * @throws ContractError `invalid-contract`.
 * @example
 * export const product = stream('product', {
 *   ProductCreated: v1(z.object({ name: z.string() })),
 *   PriceChanged: [v1(z.object({ price: z.number() })), version(2, z.object({ pence: z.int() }))],
 * });
 * const { PriceChanged } = product.events; // takes { pence }, the newest
 */
export function stream<const N extends string, const C extends Contract>(
  name: N,
  contract: C & Upcasting<C>,
): Stream<C, N> {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(name)) {
    throw new ContractError(
      'invalid-contract',
      name,
      `"${name}" is no name of a stream: use 1 to 64 of A–Z a–z 0–9 _ -`,
    );
  }
  const versions = new Map(
    Object.entries<EventSchema | readonly EventSchema[]>(contract).map(([type, given]) => [
      type,
      versionsOf(type, given),
    ]),
  );
  const checked = new WeakSet();
  const events = Object.fromEntries(
    [...versions].map(([type, list]) => {
      const create = creator(type, list.at(-1) ?? missing(type));
      return [
        type,
        (data: unknown) => {
          const event = create(data);
          checked.add(event);
          return event;
        },
      ];
    }),
  );
  return {
    name,
    contract,
    events: events as Creators<C>,
    of: (id) => `${name}/${id}`,
    read: (event) => {
      if (checked.has(event)) return event as EventsOf<C>;
      const list = versions.get(event.type);
      if (list === undefined) {
        throw new ContractError('unknown-event', event.type, `the stream ${name} has no event type ${event.type}`);
      }
      const place = list.findIndex((one) => one.version === event.v);
      const found = list[place];
      if (found === undefined) {
        const known = list.map((one) => one.version).join(', ');
        throw new ContractError(
          'unknown-version',
          event.type,
          `the stream ${name} has ${event.type} in version ${known}, not in ${event.v}: deploy the newer contract`,
        );
      }
      const { value, faults } = validate(found.schema, event.data);
      if (faults) throw new ContractError('invalid-event', event.type, `${event.type} is not as agreed`, faults);
      return upcast({ type: event.type, v: event.v, data: value }, list.slice(place + 1)) as EventsOf<C>;
    },
  };
}

function versionsOf(type: string, given: EventSchema | readonly EventSchema[]): readonly EventSchema[] {
  const list: readonly EventSchema[] = isList(given) ? given : [given];
  const ascending = list.every((one, index) => {
    const previous = list[index - 1]?.version ?? 0;
    return Number.isSafeInteger(one.version) && one.version > previous;
  });
  if (list.length === 0 || !ascending) {
    throw new ContractError(
      'invalid-contract',
      type,
      `the versions of ${type} must be whole numbers from 1, ascending`,
    );
  }
  return list;
}

function isList(given: EventSchema | readonly EventSchema[]): given is readonly EventSchema[] {
  return Array.isArray(given);
}

function missing(type: string): never {
  throw new ContractError('invalid-contract', type, `${type} has no schema`);
}
