import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { DomainEvent } from './event.js';
import type { StateReader, StateWrite } from './state-items.js';
import { validate } from './validate.js';
import type { Runnable } from './write-model.js';

/** An event of the entity's history, in its newest version. */
export type PastEvent<Event extends DomainEvent = DomainEvent> = Event & {
  /** The version of the stream that the event's commit made. */
  readonly version: number;
};

/** What the handler of a command gets, where commits are stored in DynamoDB. */
export interface DynamoDbCommandContext<Data = unknown, Past extends DomainEvent = DomainEvent> {
  /** The entity's id: `536365` of `sale/536365`. */
  readonly id: string;
  /** What was sent, as its schema returns it. */
  readonly data: Data;
  /** The version that the caller has seen, if it said; 0 means that the entity must be new. The kit checks it. */
  readonly expected: number | undefined;
  /**
   * The version that the commit will follow, as far as is known without a read: 0 means that the entity is taken to be
   * new. Where that is wrong nothing is stored, and the handler runs again with the version that there is.
   */
  readonly version: number;
  /** The command's id. */
  readonly command: string;
  /** When the command is decided. */
  readonly time: Date;
  /**
   * What happened to the entity so far, in order: one consistent query. What is decided on it is stored only if nothing
   * has happened since; otherwise the handler runs again. A handler that does not ask costs no read: it is taken to
   * begin an entity, and only where there is one already, its history is read.
   */
  history(): Promise<readonly PastEvent<Past>[]>;
  /** State beside the events. */
  readonly state: StateReader;
}

/** What a handler returns: what happened, and the state that changes with it. */
export type DynamoDbDecision<Event extends DomainEvent = DomainEvent> =
  Event | readonly Event[] | { readonly state?: readonly StateWrite[]; readonly events: Event | readonly Event[] };

/**
 * A command with its schema and handler, for a write model on DynamoDB. Made by `dynamodbCommand`. `Event` is what it
 * may return, `Past` what it finds in the entity's history.
 */
export type DynamoDbCommand<Event extends DomainEvent = DomainEvent, Past extends DomainEvent = DomainEvent> = Runnable<
  Omit<DynamoDbCommandContext<unknown, Past>, 'data'>,
  DynamoDbDecision<Event>
>;

/**
 * A command: what it takes, and what it does. Throw `refusal(…)` or `notFound(…)` to refuse; nothing is written then.
 * A handler may run again, so it must do nothing but decide. Written into `dynamodbCommands(stream, { … })`, its history
 * has the types of the stream's events.
 *
 * @param schema - a Standard Schema (zod, valibot, arktype …) of the body
 * @example
 * Close: dynamodbCommand(z.object({}), async ({ id, history }) => {
 *   const past = await history();
 *   if (past.length === 0) throw notFound(`account ${id}`);
 *   if (past.at(-1)?.type === 'AccountClosed') throw refusal('closed', `account ${id} is closed`);
 *   return AccountClosed({});
 * })
 */
export function dynamodbCommand<
  S extends StandardSchemaV1,
  Event extends DomainEvent,
  Past extends DomainEvent = DomainEvent,
>(
  schema: S,
  handle: (
    context: DynamoDbCommandContext<StandardSchemaV1.InferOutput<S>, Past>,
  ) => DynamoDbDecision<Event> | Promise<DynamoDbDecision<Event>>,
): DynamoDbCommand<Event, Past> {
  return {
    prepare: (data) => {
      const { value, faults } = validate(schema, data);
      return faults ? { faults } : { run: async (context) => handle({ ...context, data: value }) };
    },
  };
}

/** A decision with its parts named. */
export function partsOf(decision: DynamoDbDecision): { state: readonly StateWrite[]; events: readonly DomainEvent[] } {
  if (isList(decision)) return { state: [], events: decision };
  if ('type' in decision) return { state: [], events: [decision] };
  const { state = [], events } = decision;
  return { state, events: isList(events) ? events : [events] };
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}
