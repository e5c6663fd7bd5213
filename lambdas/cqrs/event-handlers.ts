import type { Contract, EventOfType } from './contract.js';
import { entityId, type Envelope } from './envelope.js';
import type { DomainEvent } from './event.js';
import { PoisonError, poisonous } from './poison.js';
import type { Stream } from './stream.js';

/** Where a received event comes from. */
export interface EventOrigin {
  /** The entity's id: `85123A` of `product/85123A`. */
  readonly id: string;
  /** The stream: `product/85123A`. */
  readonly stream: string;
  /** The version of the stream that the event's commit made. */
  readonly version: number;
  /** When it was decided, ISO 8601. */
  readonly time: string;
  readonly correlationId: string;
  readonly causationId: string;
  /** The trace of the command that caused it, where it came with one. */
  readonly traceparent?: string;
}

/** What a handler of a view returns: operations, or nothing where the view does not care. */
export type Returned<O> = O | readonly O[] | undefined;

/**
 * Per event type the function that says what it does to the view: at once, since it is run again for each rebuild, and what
 * waits for something else does more than that. Types without one move the version only.
 */
export type EventHandlers<C extends Contract, O> = {
  readonly [T in keyof C & string]?: (event: EventOfType<C, T> & EventOrigin) => Returned<O>;
};

/**
 * What a commit does to a view: its events checked against the contract, then handed to their handlers in order.
 *
 * @throws PoisonError `contract-failed` or `handler-failed` (from the function that is returned).
 */
export function operationsOf<C extends Contract, O extends object>(
  stream: Stream<C>,
  handlers: EventHandlers<C, O>,
): (commit: Envelope) => Promise<readonly O[]> {
  const byType = new Map<string, Handler<O>>(Object.entries<Handler<O> | undefined>(handlers).filter(isGiven));
  return async (commit) => {
    const operations: O[] = [];
    for (const [index, sent] of eventsOf(commit).entries()) {
      const address = `${commit.id}.${index}`;
      const event = await poisonous('contract-failed', `event ${address} breaks the contract`, () => stream.read(sent));
      const handler = byType.get(sent.type);
      if (handler === undefined) continue;
      const returned = await poisonous('handler-failed', `the handler of ${sent.type} failed at ${address}`, () =>
        handler(fromCommit(commit, event)),
      );
      if (returned !== undefined) operations.push(...(isList(returned) ? returned : [returned]));
    }
    return operations;
  };
}

// A method, so that a handler of one type of event may stand for a handler of any: the contract has checked the type.
type Handler<O> = { call(event: DomainEvent & EventOrigin): Returned<O> }['call'];

function isGiven<O>(entry: [string, Handler<O> | undefined]): entry is [string, Handler<O>] {
  return entry[1] !== undefined;
}

function isList<O>(returned: O | readonly O[]): returned is readonly O[] {
  return Array.isArray(returned);
}

/** The events of a commit that came whole, or from history, which has those of each commit but old ones. */
export function eventsOf(commit: Envelope): readonly DomainEvent[] {
  if (commit.data === undefined) {
    throw new PoisonError('contract-failed', `${commit.id} has no events: history has cleaned them up`);
  }
  return commit.data.events;
}

/** Written out: spreading the two together is the slowest part of the kit's work for an event. */
export function fromCommit(commit: Envelope, { type, v, data }: DomainEvent): DomainEvent & EventOrigin {
  return {
    type,
    v,
    data,
    id: entityId(commit.subject),
    stream: commit.subject,
    version: commit.version,
    time: commit.time,
    correlationId: commit.correlationid,
    causationId: commit.causationid,
    traceparent: commit.traceparent,
  };
}
