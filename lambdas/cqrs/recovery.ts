import type { SQSRecord } from 'aws-lambda';
import type { Clock } from '../stores/index.js';
import { bounded } from './bounded.js';
import { budgetOf } from './budget.js';
import { mostReceives, receivesOf, type Delivery } from './delivery.js';
import type { Feed } from './feeds.js';
import { HistoryFollower, type Followed } from './history-follower.js';
import type { HistoryReader } from './history-reader.js';
import { HistoryUnavailableError } from './history-unavailable.js';
import type { LagMetric } from './lag-metric.js';
import { said, type Log } from './log.js';
import { growing, type OwnQueue } from './own-queue.js';
import type { ParkedMetric } from './parked-metric.js';
import { PoisonError } from './poison.js';
import type { Progress } from './view-writer.js';

/** What streams are recovered with. */
export interface RecoveryParts {
  /** After so many receives what cannot be applied is parked. */
  readonly parkAfter: number;
  /** In seconds. */
  readonly functionTimeout: number;
  readonly history: HistoryReader;
  readonly queue: OwnQueue;
  readonly log: Log;
  readonly now: Clock;
  readonly lag: LagMetric;
  readonly parked: ParkedMetric;
}

const LATE = 'waits for history';
const TO_MOVE = 'waits for readers to move';

type End = Followed | { state: 'parked'; applied: number };

/** What has been decided about a batch. */
export interface Batch {
  /** When it was received, in milliseconds since 1970. */
  readonly begun: number;
  /** The messages that are to be delivered again. */
  readonly failed: string[];
  /** Since when each commit waits that comes again, be it as a copy; in milliseconds since 1970. */
  readonly waiting: number[];
  /** Whether streams stand still in the view that readers see: such that did before, or that were marked now. */
  standing: 'none' | 'before' | 'marked';
}

/** How many streams of a batch catch up or are settled at the same time. */
const STREAMS_AT_ONCE = 10;

/**
 * What a batch needs where a write did not do: gaps are closed from history, what history cannot give yet comes back
 * later, and what cannot be applied is parked.
 */
export class Recovery {
  constructor(private readonly parts: RecoveryParts) {}

  /** Sees to a stream that a feed's write did not bring to its end: what the next feed may take of it. */
  async see(
    feed: Feed,
    [stream, list]: readonly [string, readonly Delivery[]],
    first: Progress | undefined,
    batch: Batch,
  ): Promise<readonly Delivery[]> {
    try {
      const end = await this.end(feed, [stream, list], first, batch);
      const parked = await this.settle(feed, stream, list, end, batch);
      // What is parked here is acknowledged, so that the next one has to take it now.
      const isOver = end.state === 'current' || parked || end.applied >= targetOf(list);
      return isOver ? list : list.filter(({ envelope }) => envelope.version <= end.applied);
    } catch (error) {
      await this.failed(batch, list, error);
      return [];
    }
  }

  /** Nothing is known about these messages but that the store did not answer: they come again. */
  async failed(batch: Batch, list: readonly Delivery[], error: unknown): Promise<void> {
    await this.again(batch, list, { state: 'failed', applied: 0, error });
  }

  /** Sees to a stream of which a message ended the function, as it seems. */
  async retrace(feeds: readonly Feed[], stream: string, list: readonly Delivery[], batch: Batch): Promise<void> {
    // Only who traces it to its end finds what was acknowledged under its marks.
    const suspects = list.map((delivery) => ({ ...delivery, isSuspect: true }));
    try {
      for (const feed of feeds) {
        if (feed.role === 'aside' || !(await this.follower(feed, batch).retrace(stream, targetOf(list)))) continue;
        if (feed.role === 'live') batch.standing = 'marked';
        if (feed.role !== 'ahead') continue;
        const error = new PoisonError('unfinished', `it stands still in generation ${feed.generation}`);
        await this.again(batch, suspects, { state: 'late', applied: 0, error }, TO_MOVE);
        return;
      }
    } catch (error) {
      const isLate = error instanceof HistoryUnavailableError;
      await this.again(batch, suspects, { state: 'failed', applied: 0, error }, isLate ? LATE : undefined);
    }
  }

  /** Tells of what comes again, and of streams that stand still. */
  async tell(batch: Batch, feeds: readonly Feed[]): Promise<void> {
    const { lag, parked } = this.parts;
    for (const { role, parking } of feeds) {
      if (role !== 'live') continue;
      if (batch.standing === 'marked') await parked.tell(parking, 1);
      else if (batch.standing === 'before') await parked.remind(parking);
    }
    lag.tell(batch.waiting);
  }

  private async end(
    feed: Feed,
    [stream, list]: readonly [string, readonly Delivery[]],
    first: Progress | undefined,
    batch: Batch,
  ): Promise<End> {
    const { parking, writer } = feed;
    const target = targetOf(list);
    const progress = first ?? { state: 'gap', applied: await writer.applied(stream) };
    if (progress.state === 'current' || progress.state === 'failed' || progress.applied >= target) return progress;
    // A mark that the view has passed is left from a function that ended before it took the mark away.
    const mark = await parking.mark(stream);
    if (mark !== undefined && mark.version > progress.applied) return { state: 'parked', applied: progress.applied };
    if (progress.state !== 'gap') return progress;
    return this.follower(feed, batch).follow(stream, progress.applied, target);
  }

  private follower({ writer, parking }: Feed, { begun }: Batch): HistoryFollower {
    const { functionTimeout, history, log, now } = this.parts;
    const hasTime = (): boolean => now().getTime() < begun + budgetOf(functionTimeout);
    return new HistoryFollower({ writer, parking, history, log, hasTime });
  }

  /** Acknowledges what is applied and decides about the rest: it comes again, or the stream is parked, which is told. */
  private async settle(
    feed: Feed,
    stream: string,
    list: readonly Delivery[],
    end: End,
    batch: Batch,
  ): Promise<boolean> {
    const { parking, role } = feed;
    const { parkAfter, log } = this.parts;
    const rest = list.filter(({ envelope }) => envelope.version > end.applied);
    if (rest.length === 0 || end.state === 'current') return false;
    if (end.state === 'parked') {
      if (role === 'live' && batch.standing === 'none') batch.standing = 'before';
      return true;
    }
    if (end.state !== 'poison') {
      await this.again(batch, rest, end);
      return false;
    }
    const { applied, error } = end;
    if (role === 'ahead') {
      // Parked here and applied in the live one, readers would see an older state once they have moved.
      await this.again(batch, rest, { state: 'late', applied, error }, TO_MOVE);
      return false;
    }
    const attempts = Math.max(...rest.map((delivery) => delivery.attempts));
    const facts = { stream, version: applied + 1, attempts, ...said(error) };
    if (attempts >= parkAfter && (await parking.park(stream, applied, error))) {
      log({ level: 'error', message: 'stream parked', ...facts });
      if (role === 'live') batch.standing = 'marked';
      return true;
    }
    log({ level: 'warn', message: 'commit cannot be applied', ...facts });
    await this.tryAgain(batch, rest);
    return false;
  }

  /** Each receive of these messages counts as an attempt, later ones further apart; copies go on counting. */
  private async tryAgain(batch: Batch, list: readonly Delivery[]): Promise<void> {
    for (const delivery of list) {
      const { envelope, attempts, record } = delivery;
      const pause = growing(attempts - 1);
      batch.waiting.push(Date.parse(envelope.time));
      const isCopied =
        receivesOf(record) >= mostReceives(this.parts.parkAfter) && (await this.copy(delivery, pause, attempts));
      if (!isCopied) await this.hide(batch, [record], pause);
    }
  }

  /** Nothing is wrong with these messages: they come again as often as it takes, and never reach the dead letters. */
  private async again(
    batch: Batch,
    list: readonly Delivery[],
    end: Extract<End, { readonly state: 'gap' | 'failed' | 'late' }>,
    message = end.state === 'late' ? LATE : 'waits for the store',
  ): Promise<void> {
    const failed: SQSRecord[] = [];
    for (const delivery of list) {
      const { envelope, attempts, copies, record } = delivery;
      const facts = { stream: envelope.subject, version: envelope.version, ...('error' in end ? said(end.error) : {}) };
      this.parts.log({ level: 'warn', message, copies, ...facts });
      batch.waiting.push(end.state === 'failed' ? sentAt(delivery) : Date.parse(envelope.time));
      const receives = receivesOf(record);
      const mayWait = end.state !== 'late' && receives < mostReceives(this.parts.parkAfter);
      // Neither the receive that met no history nor those that met no store count as attempts.
      const counted = end.state === 'late' ? attempts - 1 : attempts - receives;
      if (mayWait || !(await this.copy(delivery, growing(copies), counted))) failed.push(record);
    }
    await this.hide(batch, failed);
  }

  /** Sends a copy, to come after so many seconds; whether the original can be acknowledged. */
  private async copy(delivery: Delivery, seconds: number, attempts: number): Promise<boolean> {
    try {
      await this.parts.queue.copy(delivery, seconds, attempts);
      return true;
    } catch (error) {
      const { subject: stream, version } = delivery.envelope;
      this.parts.log({ level: 'error', message: 'no copy could be sent', stream, version, ...said(error) });
      return false;
    }
  }

  /** Lets messages come back soon, later each time; Lambda would leave them hidden for the whole time-out. */
  async hide(batch: Batch, records: readonly SQSRecord[], seconds?: number): Promise<void> {
    await bounded(records, STREAMS_AT_ONCE, async (record) => {
      const { messageId } = record;
      batch.failed.push(messageId);
      try {
        await this.parts.queue.hide(record, seconds ?? growing(receivesOf(record) - 1));
      } catch (error) {
        this.parts.log({ level: 'warn', message: 'comes back only after its time-out', messageId, ...said(error) });
      }
    });
  }
}

/**
 * Since when a message waits of which nobody knows whether it is applied: a commit of long ago may be published once more.
 * The first copy begins anew, and by then the store was away for a while.
 */
function sentAt({ envelope, record, copies }: Delivery): number {
  const time = Date.parse(envelope.time);
  return copies > 0 ? time : Math.max(time, Number(record.attributes.SentTimestamp) || 0);
}

/** The latest version among the messages of a stream. */
function targetOf(list: readonly Delivery[]): number {
  return list.at(-1)?.envelope.version ?? 0;
}
