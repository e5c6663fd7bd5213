import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { bounded } from './bounded.js';
import { byStream, deliveryOf, receivesOf, type Delivery } from './delivery.js';
import type { Envelope } from './envelope.js';
import type { Feed, Feeds } from './feeds.js';
import type { Followed } from './history-follower.js';
import type { LagMetric } from './lag-metric.js';
import { said, type Log } from './log.js';
import { growing, type OwnQueue } from './own-queue.js';
import type { ParkedMetric } from './parked-metric.js';
import type { Progress } from './view-writer.js';

/** What a projector is made of. */
export interface ProjectorParts {
  /** The name of the stream that it follows. */
  readonly streamName: string;
  /** After so many receives what cannot be applied is parked. */
  readonly parkAfter: number;
  readonly feeds: Feeds;
  readonly queue: OwnQueue;
  readonly log: Log;
  readonly lag: LagMetric;
  readonly parked: ParkedMetric;
}

type End = Followed | { state: 'parked'; applied: number };
type Streams = ReadonlyMap<string, readonly Delivery[]>;

/** What has been decided about a batch. */
interface Batch {
  /** The messages that are to be delivered again. */
  readonly failed: string[];
  /** The commits that come again, be it as a copy. */
  readonly waiting: Envelope[];
  /** Whether streams stand still in the view that readers see, and whether they did before. */
  parked: 'none' | 'known' | 'new';
}

/** How many streams of a batch catch up or are settled at the same time. */
const STREAMS_AT_ONCE = 10;
/**
 * After so many receives a message is replaced by a copy whose receives begin anew: its queue gives up on what it has
 * delivered too often. What was received more often came to no decision. lib/private/projection-findings.ts knows it.
 */
const MOST_RECEIVES = 5;

/**
 * Feeds a view from its queue, each of its generations in turn. What a message needs beyond the write is looked at only
 * where the write did not do: gaps are closed from history, what history cannot give yet comes back later, and what
 * cannot be applied is parked.
 */
export class Projector {
  constructor(private readonly parts: ProjectorParts) {}

  /** Applies a batch of messages. Those that it returns are to be delivered again. */
  async deliver(event: SQSEvent): Promise<SQSBatchResponse> {
    const batch: Batch = { failed: [], waiting: [], parked: 'none' };
    const { streams, aliens } = this.sorted(event);
    await this.hide(batch, aliens);
    if (streams.size > 0) await this.apply(batch, streams);
    this.parts.lag.tell(batch.waiting);
    return { batchItemFailures: batch.failed.map((itemIdentifier) => ({ itemIdentifier })) };
  }

  private async apply(batch: Batch, streams: Map<string, Delivery[]>): Promise<void> {
    let feeds: readonly Feed[];
    try {
      feeds = await this.parts.feeds();
    } catch (error) {
      const all = [...streams.values()].flat();
      await this.again(batch, all, { state: 'failed', applied: 0, error });
      return;
    }
    const suspects = new Map([...streams].filter(([, list]) => list.some((delivery) => this.isSuspect(delivery))));
    for (const stream of suspects.keys()) streams.delete(stream);
    let left: Streams = streams;
    for (const feed of feeds) {
      if (feed.role === 'aside') await this.feedAside(feed, streams);
      else left = await this.feed(feed, left, batch);
    }
    // One after the other, and last: what ends the function must not be taken for its neighbour.
    for (const [stream, list] of suspects) await this.retrace(feeds, stream, list, batch);
    for (const feed of feeds) if (feed.role === 'live') await this.tell(feed, batch);
  }

  /** Tells of streams that stand still. */
  private async tell({ parking }: Feed, { parked: what }: Batch): Promise<void> {
    const { parked } = this.parts;
    if (what === 'new') await parked.tell(parking, 1);
    else if (what === 'known') await parked.remind(parking);
  }

  private sorted(event: SQSEvent): { streams: Map<string, Delivery[]>; aliens: SQSRecord[] } {
    const { log, streamName } = this.parts;
    const aliens: SQSRecord[] = [];
    const deliveries: Delivery[] = [];
    for (const record of event.Records) {
      try {
        deliveries.push(deliveryOf(record, streamName));
      } catch (error) {
        log({
          level: 'error',
          message: 'no envelope: on its way to the dead-letter queue',
          messageId: record.messageId,
          ...said(error),
        });
        aliens.push(record);
      }
    }
    return { streams: byStream(deliveries), aliens };
  }

  /** Feeds one generation, and gives what the next may take: never more of a stream than this one has taken. */
  private async feed(feed: Feed, streams: Streams, batch: Batch): Promise<Streams> {
    const firsts = await this.advance(feed, streams);
    const taken = await bounded([...streams], STREAMS_AT_ONCE, async ([stream, list]) => {
      try {
        const end = await this.end(feed, stream, list, firsts.get(stream));
        const parked = await this.settle(feed, stream, list, end, batch);
        // What is parked here is acknowledged, so that the next one has to take it now.
        const isOver = end.state === 'current' || parked || end.applied >= targetOf(list);
        return [stream, isOver ? list : list.filter(({ envelope }) => envelope.version <= end.applied)] as const;
      } catch (error) {
        await this.again(batch, list, { state: 'failed', applied: 0, error });
        return [stream, []] as const;
      }
    });
    return new Map(taken.filter(([, list]) => list.length > 0));
  }

  /**
   * Feeds a generation that is being filled. What it does not take at once is followed by the one who fills it: it takes
   * no time from a batch that is done, and nothing is waited for.
   */
  private async feedAside(feed: Feed, streams: Streams): Promise<void> {
    const progress = await this.advance(feed, streams);
    const { generation } = feed;
    for (const stream of streams.keys()) {
      const one = progress.get(stream);
      if (one?.state === 'current') continue;
      const facts = { stream, generation, ...(one !== undefined && 'error' in one ? said(one.error) : {}) };
      this.parts.log({ level: 'info', message: 'left to the rebuild', ...facts });
    }
  }

  private async retrace(
    feeds: readonly Feed[],
    stream: string,
    list: readonly Delivery[],
    batch: Batch,
  ): Promise<void> {
    try {
      for (const feed of feeds) {
        if (feed.role === 'aside' || !(await feed.follower.retrace(stream, targetOf(list)))) continue;
        if (feed.role === 'live') batch.parked = 'new';
      }
    } catch (error) {
      await this.again(batch, list, { state: 'failed', applied: 0, error });
    }
  }

  /** A message whose last receives came to no decision: the function was ended, by its time-out or for its memory. */
  private isSuspect({ record }: Delivery): boolean {
    return receivesOf(record) > this.mostReceives();
  }

  private mostReceives(): number {
    return Math.min(this.parts.parkAfter, MOST_RECEIVES);
  }

  /** The first pass over a batch: one write per commit. A stream with a thin entry has to read history anyway. */
  private async advance({ writer }: Feed, streams: Streams): Promise<Map<string, Progress>> {
    const whole = [...streams].filter(([, list]) => list.every(({ envelope }) => envelope.data !== undefined));
    const work = whole.map(([stream, list]) => ({
      stream,
      commits: [...new Map(list.map(({ envelope }) => [envelope.version, envelope])).values()],
    }));
    return writer.advance(work);
  }

  private async end(feed: Feed, stream: string, list: readonly Delivery[], first: Progress | undefined): Promise<End> {
    const { parking, writer, follower } = feed;
    const target = targetOf(list);
    const progress = first ?? { state: 'gap', applied: await writer.applied(stream) };
    if (progress.state === 'current' || progress.state === 'failed' || progress.applied >= target) return progress;
    // A mark that the view has passed is left from a function that ended before it took the mark away.
    const mark = await parking.mark(stream);
    if (mark !== undefined && mark.version > progress.applied) return { state: 'parked', applied: progress.applied };
    if (progress.state !== 'gap') return progress;
    return follower.follow(stream, progress.applied, target);
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
      if (role === 'live' && batch.parked === 'none') batch.parked = 'known';
      return true;
    }
    if (end.state !== 'poison') {
      await this.again(batch, rest, end);
      return false;
    }
    const { applied, error } = end;
    if (role === 'ahead') {
      // Parked here and applied in the live one, readers would see an older state once they have moved.
      await this.again(batch, rest, { state: 'late', applied, error }, 'waits for readers to move');
      return false;
    }
    const attempts = Math.max(...rest.map((delivery) => delivery.attempts));
    const facts = { stream, version: applied + 1, attempts, ...said(error) };
    if (attempts >= parkAfter && (await parking.park(stream, applied, error))) {
      log({ level: 'error', message: 'stream parked', ...facts });
      if (role === 'live') batch.parked = 'new';
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
      batch.waiting.push(envelope);
      const isCopied = receivesOf(record) >= this.mostReceives() && (await this.copy(delivery, pause, attempts));
      if (!isCopied) await this.hide(batch, [record], pause);
    }
  }

  /** Nothing is wrong with these messages: they come again as often as it takes, and never reach the dead letters. */
  private async again(
    batch: Batch,
    list: readonly Delivery[],
    end: Extract<End, { readonly state: 'gap' | 'failed' | 'late' }>,
    message = end.state === 'late' ? 'waits for history' : 'waits for the store',
  ): Promise<void> {
    const failed: SQSRecord[] = [];
    for (const delivery of list) {
      const { envelope, attempts, copies, record } = delivery;
      const facts = { stream: envelope.subject, version: envelope.version, ...('error' in end ? said(end.error) : {}) };
      this.parts.log({ level: 'warn', message, copies, ...facts });
      batch.waiting.push(envelope);
      const receives = receivesOf(record);
      const mayWait = end.state !== 'late' && receives < this.mostReceives();
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
  private async hide(batch: Batch, records: readonly SQSRecord[], seconds?: number): Promise<void> {
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

/** The latest version among the messages of a stream. */
function targetOf(list: readonly Delivery[]): number {
  return list.at(-1)?.envelope.version ?? 0;
}
