import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Statement, Statements } from '../stores/index.js';
import type { DomainEvent } from './event.js';
import { validate } from './validate.js';
import type { Runnable } from './write-model.js';

/** What a command's handler gets. */
export interface CommandContext<Data = unknown> {
  /** The entity's id: `85123A` of `product/85123A`. */
  readonly id: string;
  /** What was sent, as its schema returns it. */
  readonly data: Data;
  /** The version that the caller has seen, if it said; 0 means that the entity must be new. The kit checks it. */
  readonly expected: number | undefined;
  /** The command's id. */
  readonly command: string;
  /** When the command is decided. */
  readonly time: Date;
  /**
   * A transaction, begun at the first statement; the commit is appended in it. Without one, statements and events that
   * are returned cost a single call. A statement that fails, or changes another number of rows than it said, fails the
   * command, also where the handler did not wait for it.
   */
  readonly tx: Statements;
}

/** What a handler returns: what happened, and the statements that have not been run yet. */
export type Decision<Event extends DomainEvent = DomainEvent> =
  Event | readonly Event[] | { readonly statements?: readonly Statement[]; readonly events: Event | readonly Event[] };

/** A command with its schema and handler, for a write model on PostgreSQL. Made by `command`. */
export type Command<Event extends DomainEvent = DomainEvent> = Runnable<Omit<CommandContext, 'data'>, Decision<Event>>;

/**
 * A command: what it takes, and what it does. Throw `refusal(…)` or `notFound(…)` to refuse; nothing is written then.
 * A handler may run again after a deadlock, so it must do nothing outside of its transaction.
 *
 * @param schema - a Standard Schema (zod, valibot, arktype …) of the body
 * @example
 * ChangePrice: command(z.object({ price: z.int() }), async ({ tx, id, data }) => {
 *   const [row] = await tx.query('update product set price = :price where id = :id returning id', { id, ...data });
 *   if (!row) throw notFound(`product ${id}`);
 *   return PriceChanged(data);
 * })
 */
export function command<S extends StandardSchemaV1, Event extends DomainEvent>(
  schema: S,
  handle: (context: CommandContext<StandardSchemaV1.InferOutput<S>>) => Decision<Event> | Promise<Decision<Event>>,
): Command<Event> {
  return {
    prepare: (data) => {
      const { value, faults } = validate(schema, data);
      return faults ? { faults } : { run: async (context) => handle({ ...context, data: value }) };
    },
  };
}

/** A decision with its parts named. */
export function partsOf(decision: Decision): { statements: readonly Statement[]; events: readonly DomainEvent[] } {
  if (isList(decision)) return { statements: [], events: decision };
  if ('type' in decision) return { statements: [], events: [decision] };
  const { statements = [], events } = decision;
  return { statements, events: isList(events) ? events : [events] };
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}
