import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { dynamodb, systemClock, systemTimeout, type Timeout } from '../stores/index.js';
import type { Contract, EventOfType } from './contract.js';
import type { Envelope } from './envelope.js';
import { eventsOf, fromCommit, type EventOrigin } from './event-handlers.js';
import type { DomainEvent } from './event.js';
import type { ParkedPage, ParkedStream, ParkingOutcome } from './parked-streams.js';
import { poisonous } from './poison.js';
import { projectionHandler, type ProjectionOptions } from './projection-handler.js';
import type { ParkingRequest } from './projection-settings.js';
import { ReactionDeadline, type Invocation } from './reaction-deadline.js';
import { noRebuild, ReactionError } from './reaction-error.js';
import { historySince } from './reaction-history.js';
import { ReactionStore } from './reaction-store.js';
import type { Stream } from './stream.js';

/** Where an event that is reacted to comes from. */
export interface ReactionOrigin extends EventOrigin {
  /**
   * The event's address, `product/85123A@3.0`: the same whenever the function runs for it. Give it on as the idempotency
   * key where the other side takes one.
   */
  readonly address: string;
}

/** Per event type the function that does something about it. Types without one are passed over. */
export type ReactionHandlers<C extends Contract> = {
  readonly [T in keyof C & string]?: (event: EventOfType<C, T> & ReactionOrigin) => unknown;
};

/** What a reaction takes from outside. */
export interface ReactionOptions extends ProjectionOptions {
  /**
   * What was decided before this time is passed over, ISO 8601: `2026-11-22T18:00:00Z`. A stream may have a history by
   * the time something begins to react to it, and nobody wants a mail about each order of last year.
   */
  readonly since: string;
  /** Ends the wait for what hangs. Default: a timer of the process. */
  readonly timeout?: Timeout;
}

/** The Lambda handler of a reaction. */
export interface ReactionHandler {
  (event: SQSEvent, context?: Invocation): Promise<SQSBatchResponse>;
  (event: ParkingRequest, context?: Invocation): Promise<ParkingOutcome | ParkedPage | ParkedStream>;
  /** Reacts to a parked stream's history again, after its handler was mended. */
  retry(stream: string): Promise<ParkingOutcome>;
  /** Passes exactly the parked version of a stream, then retries. */
  discard(stream: string): Promise<ParkingOutcome>;
}

/**
 * The Lambda handler of what is no view: it sends mails, calls others, writes further events.
 *
 * Each commit's functions run at least once, in the order of its stream: a duplicate runs nothing, but a function that
 * ends before its version is written runs once more, so what it does has to bear that, by the event's `address`. A gap is
 * closed from history first, and a commit whose function keeps failing is parked while other streams go on. One that
 * hangs fails a few seconds before Lambda would end all, if the handler is given Lambda's context. A rebuild is
 * refused: what has an effect outside is not done again because a view is.
 *
 * @param stream - the contract of the stream that is followed
 * @param handlers - per event type what is done about it; their answers are ignored
 * @example
 * export const handler = reaction(
 *   order,
 *   { OrderPlaced: ({ data, address }) => mail.send({ to: data.customer, template: 'placed', idempotencyKey: address }) },
 *   { since: '2026-11-22T18:00:00Z' },
 * );
 */
export function reaction<C extends Contract>(
  stream: Stream<C>,
  handlers: ReactionHandlers<C>,
  options: ReactionOptions,
): ReactionHandler {
  const since = Date.parse(options.since);
  if (Number.isNaN(since)) {
    const allowed = "allowed: a time in ISO 8601, such as '2026-11-22T18:00:00Z'";
    throw new ReactionError('invalid-since', `since is '${options.since}'; ${allowed}`);
  }
  const deadline = new ReactionDeadline(options.now ?? systemClock, options.timeout ?? systemTimeout);
  const mayBegin = (): void => deadline.check();
  const react = reactionsOf(stream, handlers, deadline);
  const projection = projectionHandler(
    {
      kind: 'reaction',
      sql: false,
      store: ({ settings, environment, now, waiting }) => {
        const table = options.table ?? dynamodb(settings.store, { environment });
        return new ReactionStore({ table, followed: stream.name, mayBegin, react, since, now, waiting });
      },
      historyOf: (history) => historySince(history, since),
    },
    stream.name,
    options,
  );

  async function handle(event: SQSEvent, context?: Invocation): Promise<SQSBatchResponse>;
  async function handle(
    event: ParkingRequest,
    context?: Invocation,
  ): Promise<ParkingOutcome | ParkedPage | ParkedStream>;
  async function handle(event: SQSEvent | ParkingRequest, context?: Invocation): Promise<Answer> {
    deadline.begin(context);
    if ('Records' in event) return projection(event);
    const request: string = event.dbpatterns;
    if (request === 'rebuild') throw noRebuild(stream.name);
    return projection(event);
  }
  return Object.assign(handle, {
    retry: async (parked: string) => {
      deadline.begin(undefined);
      return projection.retry(parked);
    },
    discard: async (parked: string) => {
      deadline.begin(undefined);
      return projection.discard(parked);
    },
  });
}

type Answer = SQSBatchResponse | ParkingOutcome | ParkedPage | ParkedStream;

type AnyHandler = { call(event: DomainEvent & ReactionOrigin): unknown }['call'];

/** Runs the functions of a commit, one after the other. */
function reactionsOf<C extends Contract>(
  stream: Stream<C>,
  handlers: ReactionHandlers<C>,
  deadline: ReactionDeadline,
): (commit: Envelope) => Promise<void> {
  const byType = new Map(Object.entries<AnyHandler | undefined>(handlers));
  return async (commit) => {
    for (const [index, sent] of eventsOf(commit).entries()) {
      const handler = byType.get(sent.type);
      if (handler === undefined) continue;
      const address = `${commit.id}.${index}`;
      const event = await poisonous('contract-failed', `event ${address} breaks the contract`, () => stream.read(sent));
      await poisonous('handler-failed', `the handler of ${sent.type} failed at ${address}`, async () => {
        await deadline.within(`the handler of ${sent.type} at ${address}`, () =>
          handler({ ...fromCommit(commit, event), address }),
        );
      });
    }
  };
}
