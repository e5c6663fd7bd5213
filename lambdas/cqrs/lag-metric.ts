import type { Clock } from '../stores/index.js';
import type { Log } from './log.js';
import { metric } from './metric.js';

/** What the metric is told with. */
export interface LagMetricParts {
  /** The projection's name. */
  readonly name: string;
  readonly log: Log;
  readonly now: Clock;
}

/** A container tells its lag at most so often, in milliseconds. */
const TOLD_EVERY = 60_000;

/**
 * The metric `Lag`: how long ago the oldest commit happened that was received and could not be applied yet, in seconds.
 * The queue does not know that: a copy of a message begins its age anew, and what was received more than three times is
 * left out of the age of its oldest message.
 */
export class LagMetric {
  private lastTold = -Infinity;

  constructor(private readonly parts: LagMetricParts) {}

  /**
   * Tells it of what comes again, if it is time to.
   *
   * @param since - since when each commit waits, in milliseconds since 1970
   */
  tell(since: readonly number[]): void {
    const { log, name, now } = this.parts;
    const time = now().getTime();
    const times = since.filter(Number.isFinite);
    if (times.length === 0 || time - this.lastTold < TOLD_EVERY) return;
    this.lastTold = time;
    // The clock of the publisher may be ahead.
    const seconds = Math.max(0, Math.round((time - Math.min(...times)) / 1000));
    metric(log, 'Lag', seconds, 'Seconds', { Projection: name }, now);
  }
}
