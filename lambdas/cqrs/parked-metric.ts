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

/** CloudWatch has one value a minute, the highest, and an alarm nothing else to go by; in milliseconds. */
const MINUTE = 60_000;
/** More than that many marks are not looked for before it is told that there is none. */
const FEW = 100;
/** More than that many pages are not looked at either. */
const PAGES = 20;

/**
 * The metric `Parked`: how many streams stand still in the view that readers see. It is told when that changes, also
 * because readers move to another generation, and its alarm stays as it is until then. So a 0 has a minute of its own:
 * in the one in which it is found, a higher value may have been told, here or by another container.
 */
export class ParkedMetric {
  private lastTold = -Infinity;
  /** The latest time for which something above 0 was told, and 0. */
  private standing = -Infinity;
  private clear = -Infinity;

  constructor(private readonly parts: ParkedMetricParts) {}

  /**
   * Tells how many the generation that readers see has. A batch knows of one and answers first of all: it asks once, and
   * where they cannot be counted, tells that one.
   */
  async tell(parking: Parking, known: 0 | 1): Promise<void> {
    const { log, name, now } = this.parts;
    // What is counted was so when counting began, or later: a 0 that another one finds meanwhile is told for later yet.
    const time = now().getTime();
    this.lastTold = time;
    let count: number = known;
    try {
      count = known === 0 ? await this.left(parking) : Math.max(known, await parking.count());
    } catch (error) {
      log({ level: 'warn', message: 'what is parked could not be counted', ...said(error) });
      if (known === 0) return;
    }
    const at = new Date(count === 0 ? this.clearAt(now().getTime()) : this.standingAt(time));
    metric(log, 'Parked', count, 'Count', { Projection: name }, () => at);
  }

  /** Tells it once more now and then: a function may have ended after it had parked a stream, before it could say so. */
  async remind(parking: Parking): Promise<void> {
    if (this.parts.now().getTime() - this.lastTold >= MINUTE) await this.tell(parking, 1);
  }

  /** How many are left: where they seem few, marks are looked for, since a name may have no mark. */
  private async left(parking: Parking): Promise<number> {
    const count = await parking.count();
    if (count === 0 || count > FEW) return count;
    let cursor: string | undefined;
    for (let page = 0; page < PAGES; page += 1) {
      const { marks, cursor: next } = await parking.list(cursor);
      if (marks.length > 0) return Math.max(count, marks.length);
      if (next === undefined) return 0;
      cursor = next;
    }
    return count;
  }

  private standingAt(time: number): number {
    this.standing = Math.max(time, this.clear);
    return this.standing;
  }

  private clearAt(time: number): number {
    this.clear = (Math.floor(Math.max(time, this.standing) / MINUTE) + 1) * MINUTE;
    return this.clear;
  }
}
