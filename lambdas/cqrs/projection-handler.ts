import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import {
  EnvironmentError,
  processEnvironment,
  readVariable,
  systemClock,
  systemRandom,
  systemSleep,
  type Clock,
  type Environment,
} from '../stores/index.js';
import type { Waiting } from './backoff.js';
import { feedsOf } from './feeds.js';
import type { HistoryReader } from './history-reader.js';
import { lazily } from './lazily.js';
import { systemLog } from './log.js';
import type { ParkedPage, ParkedStream, ParkingOutcome } from './parked-streams.js';
import type { Upkeep } from './projection-upkeep.js';
import {
  PROJECTION_FIELDS,
  type ParkingRequest,
  type ProjectionHandlerOptions,
  type ProjectionSettings,
} from './projection-settings.js';
import { Projector } from './projector.js';
import type { Part, RebuildRequest, RebuildStatus, Todo } from './rebuild.js';
import type { ViewStore } from './view-store.js';
import type { IndexedTable } from './view-table.js';

/** What a projection into a DynamoDB table takes from outside. */
export interface ProjectionOptions extends ProjectionHandlerOptions {
  /** The view's table. Default: the store that the environment names. */
  readonly table?: IndexedTable;
}

/** The Lambda handler of a projection. */
export interface ProjectionHandler {
  (event: SQSEvent): Promise<SQSBatchResponse>;
  (event: { readonly dbpatterns: 'retry' | 'discard'; readonly stream: string }): Promise<ParkingOutcome>;
  (event: { readonly dbpatterns: 'show'; readonly stream: string }): Promise<ParkedStream>;
  (event: { readonly dbpatterns: 'parked'; readonly cursor?: string }): Promise<ParkedPage>;
  (event: ParkingRequest): Promise<ParkingOutcome | ParkedPage | ParkedStream>;
  (event: RebuildRequest): Promise<Todo | Part | RebuildStatus>;
  /** Applies a parked stream's history again, after its handler was mended. */
  retry(stream: string): Promise<ParkingOutcome>;
  /** Passes exactly the parked version of a stream, then retries. */
  discard(stream: string): Promise<ParkingOutcome>;
}

const VARIABLE = 'DBPATTERNS_PROJECTION';
/** What a kind of view is made with. */
export interface ViewParts {
  readonly settings: ProjectionSettings;
  readonly environment: Environment;
  readonly waiting: Waiting;
  readonly now: Clock;
}

/** What a kind of view adds: where it is kept and how it is written. */
export interface ViewKind {
  readonly kind: 'entity' | 'aggregate' | 'reaction';
  /** Whether it is kept in a table of SQL, which the construct then names. */
  readonly sql: boolean;
  readonly store: (parts: ViewParts) => ViewStore;
  /** How it sees history. Default: as it is. */
  readonly historyOf?: (history: HistoryReader) => HistoryReader;
}

interface Made {
  readonly projector: Projector;
  /** Loaded when it is asked for: no batch needs it in which all goes well. */
  readonly upkeep: () => Promise<Upkeep>;
}

/** The handler of a projection of one kind. Everything is made at the first event, so that importing it does nothing. */
export function projectionHandler(
  kind: ViewKind,
  streamName: string,
  options: ProjectionHandlerOptions,
): ProjectionHandler {
  let made: Made | undefined;
  const parts = (): Made => (made ??= make(kind, streamName, options));
  const retry = async (stream: string): Promise<ParkingOutcome> => (await parts().upkeep()).parked.retry(stream);
  const discard = async (stream: string): Promise<ParkingOutcome> => (await parts().upkeep()).parked.discard(stream);

  async function handle(event: SQSEvent): Promise<SQSBatchResponse>;
  async function handle(event: {
    readonly dbpatterns: 'retry' | 'discard';
    readonly stream: string;
  }): Promise<ParkingOutcome>;
  async function handle(event: { readonly dbpatterns: 'show'; readonly stream: string }): Promise<ParkedStream>;
  async function handle(event: { readonly dbpatterns: 'parked'; readonly cursor?: string }): Promise<ParkedPage>;
  async function handle(event: ParkingRequest): Promise<ParkingOutcome | ParkedPage | ParkedStream>;
  async function handle(event: RebuildRequest): Promise<Todo | Part | RebuildStatus>;
  async function handle(event: SQSEvent | ParkingRequest | RebuildRequest): Promise<Answer> {
    if ('Records' in event) return parts().projector.deliver(event);
    const upkeep = await parts().upkeep();
    return event.dbpatterns === 'rebuild' ? upkeep.rebuild(event) : upkeep.answer(event);
  }
  return Object.assign(handle, { retry, discard });
}

type Answer = SQSBatchResponse | ParkingOutcome | ParkedPage | ParkedStream | Todo | Part | RebuildStatus;

function make(kind: ViewKind, streamName: string, options: ProjectionHandlerOptions): Made {
  const environment = options.environment ?? processEnvironment();
  const settings = readVariable(VARIABLE, PROJECTION_FIELDS, environment);
  checkSettings(settings, kind, streamName);
  const waiting = { random: systemRandom, sleep: systemSleep, ...given(options) };
  const now = options.now ?? systemClock;
  const log = options.log ?? systemLog;
  const store = kind.store({ settings, environment, waiting, now });
  const declared = settings.version ?? '1';
  const feeds = feedsOf({ store, now, ...(kind.kind === 'reaction' ? {} : { declared }) });
  const upkeep = lazily(async () => {
    const { Upkeep } = await import('./projection-upkeep.js');
    return new Upkeep({ settings, options, historyOf: kind.historyOf, store, declared, feeds, log, now, waiting });
  });
  return {
    projector: new Projector({
      streamName,
      parkAfter: settings.parkAfter,
      feeds,
      log,
      now,
      recovery: async () => (await upkeep()).recovery,
    }),
    upkeep,
  };
}

function checkSettings(settings: ProjectionSettings, { kind, sql }: ViewKind, streamName: string): void {
  if (settings.kind !== kind || settings.stream !== streamName) {
    throw new EnvironmentError(
      'invalid-variable',
      VARIABLE,
      `the construct ${settings.name} is for an ${settings.kind} view of '${settings.stream}', ` +
        `its handler for an ${kind} view of '${streamName}': make them agree`,
    );
  }
  if ((settings.table !== undefined) !== sql) {
    const [construct, handler] = sql ? ['DynamoDB', 'PostgreSQL'] : ['PostgreSQL', 'DynamoDB'];
    throw new EnvironmentError(
      'invalid-variable',
      VARIABLE,
      `the construct ${settings.name} is for a view in ${construct}, its handler for one in ${handler}: make them agree`,
    );
  }
}

function given({ random, sleep }: Partial<Waiting>): Partial<Waiting> {
  return { ...(random === undefined ? {} : { random }), ...(sleep === undefined ? {} : { sleep }) };
}
