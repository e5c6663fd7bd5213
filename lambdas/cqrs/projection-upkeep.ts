import type { Clock } from '../stores/index.js';
import type { Waiting } from './backoff.js';
import type { Feeds } from './feeds.js';
import { historyFunction, historySegments } from './history-function.js';
import type { HistoryReader } from './history-reader.js';
import { LagMetric } from './lag-metric.js';
import type { Log } from './log.js';
import { sqsQueue } from './own-queue.js';
import { ParkedMetric } from './parked-metric.js';
import { ParkedStreams, type ParkedPage, type ParkedStream, type ParkingOutcome } from './parked-streams.js';
import type { ParkingRequest, ProjectionHandlerOptions, ProjectionSettings } from './projection-settings.js';
import type { RebuildParts } from './rebuild-parts.js';
import type { Part, RebuildRequest, RebuildStatus, Todo } from './rebuild.js';
import { Recovery } from './recovery.js';
import type { ViewStore } from './view-store.js';

/** What a projection is kept up with. */
export interface UpkeepParts {
  readonly settings: ProjectionSettings;
  readonly options: ProjectionHandlerOptions;
  /** How a kind of view sees history. Default: as it is. */
  readonly historyOf: ((history: HistoryReader) => HistoryReader) | undefined;
  readonly store: ViewStore;
  readonly declared: string;
  readonly feeds: Feeds;
  readonly log: Log;
  readonly now: Clock;
  readonly waiting: Waiting;
}

/** A function whose construct does not say its time-out yet. */
const FUNCTION_TIMEOUT = 30;

/**
 * All of a projection but its writes: streams are recovered, operators see and decide about those that stand still, and
 * the view is rebuilt. It lies in files of its own, with the clients that only it calls, which no cold start reads.
 */
export class Upkeep {
  readonly recovery: Recovery;
  readonly parked: ParkedStreams;
  private readonly rebuildParts: RebuildParts;

  constructor({ settings, options, historyOf, store, declared, feeds, log, now, waiting }: UpkeepParts) {
    const { name, kind, stream: streamName, parkAfter, functionTimeout = FUNCTION_TIMEOUT } = settings;
    const published = options.history ?? historyFunction(settings.history);
    const segments = options.segments ?? historySegments(settings.history);
    const history = historyOf?.(published) ?? published;
    const queue = options.queue ?? sqsQueue(settings.queue);
    const metric = new ParkedMetric({ name, log, now });
    const lag = new LagMetric({ name, log, now });
    this.recovery = new Recovery({ parkAfter, functionTimeout, history, queue, log, now, lag, parked: metric });
    this.parked = new ParkedStreams({ feeds, history, log, metric });
    this.rebuildParts = {
      ...{ name, kind, streamName, declared, functionTimeout },
      ...{ store, history, segments, log, now, waiting },
    };
  }

  /** @throws ProjectionRequestError if it is no request about parked streams of this projection. */
  async answer(request: ParkingRequest): Promise<ParkingOutcome | ParkedPage | ParkedStream> {
    checkRequest(request, this.rebuildParts.streamName);
    switch (request.dbpatterns) {
      case 'parked':
        return this.parked.list(request.cursor);
      case 'show':
        return this.parked.show(request.stream);
      case 'retry':
        return this.parked.retry(request.stream);
      case 'discard':
        return this.parked.discard(request.stream);
    }
  }

  async rebuild(request: RebuildRequest): Promise<Todo | Part | RebuildStatus> {
    const { Rebuilder } = await import('./rebuild-job.js');
    return new Rebuilder(this.rebuildParts).answer(request);
  }
}

/** A direct invocation that asks for what no projection does, or for a stream that this one does not follow. */
export class ProjectionRequestError extends TypeError {
  override readonly name = 'ProjectionRequestError';
  readonly code = 'invalid-request';
}

function checkRequest(event: Partial<Record<'dbpatterns' | 'stream', string>>, streamName: string): void {
  if (event.dbpatterns === 'parked') return;
  const known = ['retry', 'discard', 'show'].includes(event.dbpatterns ?? '');
  if (!known || event.stream?.startsWith(`${streamName}/`) !== true) {
    throw new ProjectionRequestError(
      `a projection of '${streamName}' takes messages from its queue, or ` +
        `{"dbpatterns":"retry"|"discard"|"show","stream":"${streamName}/…"}, {"dbpatterns":"parked"}, ` +
        'or {"dbpatterns":"rebuild","step":"status"}',
    );
  }
}
