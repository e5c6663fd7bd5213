import type { Clock } from '../stores/index.js';
import { said, type Log } from './log.js';
import { metric } from './metric.js';
import type { Parking } from './view-store.js';

/** What the metric is told with. */
export interface ParkedMetricParts {
  /** The projection's name. */
  readonly name: string;
  readonly log: Log;
  readonly now: Clock;
}

/** A delivery that meets a parked stream tells it again, at most so often, in milliseconds. */
const REMINDED_EVERY = 60_000;
/** So many are told no more often either, since counting them takes a while. */
const MANY = 100;
/** More than that many pages of marks are not counted. */
const PAGES = 20;

/**
 * The metric `Parked`: how many streams stand still in the view that readers see. It is told when that changes, also
 * because readers move to another generation, and its alarm stays as it is until then.
 */
export class ParkedMetric {
  private told = -Infinity;
  private count = 0;

  constructor(private readonly parts: ParkedMetricParts) {}

  /** Tells how many the generation that readers see has. Where they cannot be counted, one that is known of. */
  async tell(parking: Parking, known: 0 | 1): Promise<void> {
    if (this.count >= MANY && !this.isTime) return;
    const { log, name, now } = this.parts;
    this.told = now().getTime();
    try {
      this.count = await marksIn(parking);
    } catch (error) {
      log({ level: 'warn', message: 'what is parked could not be counted', ...said(error) });
      if (known === 0) return;
      this.count = known;
    }
    metric(log, 'Parked', this.count, 'Count', { Projection: name }, now);
  }

  /** Tells it once more now and then: a function may have ended after it had parked a stream, before it could say so. */
  async remind(parking: Parking): Promise<void> {
    if (this.isTime) await this.tell(parking, 1);
  }

  private get isTime(): boolean {
    return this.parts.now().getTime() - this.told >= REMINDED_EVERY;
  }
}

async function marksIn(parking: Parking): Promise<number> {
  let count = 0;
  let cursor: string | undefined;
  for (let page = 0; page < PAGES; page += 1) {
    const { marks, cursor: next } = await parking.list(cursor);
    count += marks.length;
    if (next === undefined) return count;
    cursor = next;
  }
  return count;
}
