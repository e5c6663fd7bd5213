import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import {
  dynamodb,
  EnvironmentError,
  oneOf,
  processEnvironment,
  readVariable,
  systemClock,
  text,
  whole,
  type Clock,
  type Environment,
} from '../stores/index.js';
import type { Waiting } from './backoff.js';
import { systemWaiting } from './backoff.js';
import { historyFunction, type HistoryReader } from './history-reader.js';
import { systemLog, type Log } from './log.js';
import { sqsQueue, type OwnQueue } from './own-queue.js';
import { Parking } from './parking.js';
import type { ParkingOutcome } from './history-follower.js';
import { Projector } from './projector.js';
import type { ViewTable } from './view-table.js';
import type { ViewWriter } from './view-writer.js';

/** What a projection takes from outside; each has a default, and a test or a simulation can replace each. */
export interface ProjectionOptions extends Partial<Waiting> {
  /** Default: the process's, where the construct has written `DBPATTERNS_PROJECTION` and the store's variable. */
  readonly environment?: Environment;
  /** The view's table. Default: the store that the environment names. */
  readonly table?: ViewTable;
  /** Default: the publisher's history function. */
  readonly history?: HistoryReader;
  /** Default: the queue that the environment names. */
  readonly queue?: OwnQueue;
  readonly now?: Clock;
  /** Default: lines of JSON on the console. */
  readonly log?: Log;
}

/** A direct invocation of a projection's function, about a parked stream. */
export interface ParkingRequest {
  readonly dbpatterns: 'retry' | 'discard';
  /** The parked stream: `product/85123A`. */
  readonly stream: string;
}

/** The Lambda handler of a projection. */
export interface ProjectionHandler {
  (event: SQSEvent): Promise<SQSBatchResponse>;
  (event: ParkingRequest): Promise<ParkingOutcome>;
  /** Applies a parked stream's history again, after its handler was mended. */
  retry(stream: string): Promise<ParkingOutcome>;
  /** Passes exactly the parked version of a stream, then retries. */
  discard(stream: string): Promise<ParkingOutcome>;
}

/** What a kind of view adds: how its commits are written. */
export type WriterOf = (table: ViewTable, projection: string, waiting: Waiting) => ViewWriter;

/** The handler of a projection of one kind. Everything is made at the first event, so that importing it does nothing. */
export function projectionHandler(
  kind: 'entity' | 'aggregate',
  streamName: string,
  writerOf: WriterOf,
  options: ProjectionOptions,
): ProjectionHandler {
  let made: Projector | undefined;
  const projector = (): Projector => (made ??= projectorOf(kind, streamName, writerOf, options));
  const retry = async (stream: string): Promise<ParkingOutcome> => projector().follower.retry(stream);
  const discard = async (stream: string): Promise<ParkingOutcome> => projector().follower.discard(stream);

  async function handle(event: SQSEvent): Promise<SQSBatchResponse>;
  async function handle(event: ParkingRequest): Promise<ParkingOutcome>;
  async function handle(event: SQSEvent | ParkingRequest): Promise<SQSBatchResponse | ParkingOutcome> {
    if ('Records' in event) return projector().deliver(event);
    checkRequest(event, streamName);
    return event.dbpatterns === 'retry' ? retry(event.stream) : discard(event.stream);
  }
  return Object.assign(handle, { retry, discard });
}

function projectorOf(
  kind: 'entity' | 'aggregate',
  streamName: string,
  writerOf: WriterOf,
  options: ProjectionOptions,
): Projector {
  const environment = options.environment ?? processEnvironment();
  const settings = readVariable(
    VARIABLE,
    {
      name: text,
      service: text,
      stream: text,
      kind: oneOf('entity', 'aggregate'),
      queue: text,
      history: text,
      parkAfter: whole,
      store: text,
    },
    environment,
  );
  if (settings.kind !== kind || settings.stream !== streamName) {
    throw new EnvironmentError(
      'invalid-variable',
      VARIABLE,
      `the construct ${settings.name} is for an ${settings.kind} view of '${settings.stream}', ` +
        `its handler for an ${kind} view of '${streamName}': make them agree`,
    );
  }
  const table = options.table ?? dynamodb(settings.store, { environment });
  const waiting = { ...systemWaiting, ...given(options) };
  return new Projector({
    streamName,
    parkAfter: settings.parkAfter,
    writer: writerOf(table, settings.name, waiting),
    parking: new Parking(table, settings.name, options.now ?? systemClock),
    history: options.history ?? historyFunction(settings.history),
    queue: options.queue ?? sqsQueue(settings.queue),
    log: options.log ?? systemLog,
  });
}

const VARIABLE = 'DBPATTERNS_PROJECTION';

function given({ random, sleep }: Partial<Waiting>): Partial<Waiting> {
  return { ...(random === undefined ? {} : { random }), ...(sleep === undefined ? {} : { sleep }) };
}

function checkRequest(event: Partial<ParkingRequest>, streamName: string): void {
  const known = event.dbpatterns === 'retry' || event.dbpatterns === 'discard';
  if (!known || !event.stream?.startsWith(`${streamName}/`)) {
    throw new TypeError(
      `a projection of '${streamName}' takes messages from its queue, or ` +
        `{"dbpatterns":"retry"|"discard","stream":"${streamName}/…"}`,
    );
  }
}
