import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Clock } from '../stores/index.js';
import { bounded } from './bounded.js';
import { byStream, deliveryOf, receivesOf, type Delivery } from './delivery.js';
import type { Feed, Feeds } from './feeds.js';
import type { Followed } from './history-follower.js';
import { said, type Log } from './log.js';
import { metric } from './metric.js';
import { growing, type OwnQueue } from './own-queue.js';
import type { Progress } from './view-writer.js';

/** What a projector is made of. */
export interface ProjectorParts {
  /** The projection's name. */
  readonly name: string;
  /** The name of the stream that it follows. */
  readonly streamName: string;
  /** After so many receives what cannot be applied is parked. */
  readonly parkAfter: number;
  readonly feeds: Feeds;
  readonly queue: OwnQueue;
  readonly log: Log;
  readonly now: Clock;
}

type End = Followed | { state: 'parked'; applied: number };
type Streams = ReadonlyMap<string, readonly Delivery[]>;

/** What was decided about messages: which of them come again, and whether their stream stands still. */
interface Settled {
  readonly again: readonly string[];
  readonly parked: boolean;
}

/** How many streams of a batch catch up or are settled at the same time. */
const STREAMS_AT_ONCE = 10;

/**
 * Feeds a view from its queue, each of its generations in turn. What a message needs beyond the write is looked at only
 * where the write did not do: gaps are closed from history, what history cannot give yet comes back later, and what
 * cannot be applied is parked.
 */
export class Projector {
  constructor(private readonly parts: ProjectorParts) {}

  /** Applies a batch of messages. Those that it returns are to be delivered again. */
  async deliver(event: SQSEvent): Promise<SQSBatchResponse> {
    const { streams, aliens } = this.sorted(event);
    if (streams.size === 0) return failures(await this.hide(aliens));
    const failed = await this.hide(aliens);
    let feeds: readonly Feed[];
    try {
      feeds = await this.parts.feeds();
    } catch (error) {
      const all = [...streams.values()].flat();
      return failures([...failed, ...(await this.again(all, { state: 'failed', applied: 0, error }))]);
    }
    const suspects = new Map([...streams].filter(([, list]) => list.some((delivery) => this.isSuspect(delivery))));
    for (const stream of suspects.keys()) streams.delete(stream);
    let left: Streams = streams;
    for (const feed of feeds) {
      if (feed.role === 'aside') await this.feedAside(feed, streams);
      else left = await this.feed(feed, left, failed);
    }
    // One after the other, and last: what ends the function must not be taken for its neighbour.
    for (const [stream, list] of suspects) failed.push(...(await this.retrace(feeds, stream, list)));
    return failures(failed);
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
  private async feed(feed: Feed, streams: Streams, failed: string[]): Promise<Streams> {
    const firsts = await this.advance(feed, streams);
    const taken = await bounded([...streams], STREAMS_AT_ONCE, async ([stream, list]) => {
      try {
        const end = await this.end(feed, stream, list, firsts.get(stream));
        const { again, parked } = await this.settle(feed, stream, list, end);
        failed.push(...again);
        // What is parked here is acknowledged, so that the next one has to take it now.
        const isOver = end.state === 'current' || parked || end.applied >= targetOf(list);
        return [stream, isOver ? list : list.filter(({ envelope }) => envelope.version <= end.applied)] as const;
      } catch (error) {
        failed.push(...(await this.again(list, { state: 'failed', applied: 0, error })));
        return [stream, []] as const;
      }
    });
    return new Map(taken.filter(([, list]) => list.length > 0));
  }

  /** Feeds a generation that is being filled. What it does not take is followed by the one who fills it. */
  private async feedAside(feed: Feed, streams: Streams): Promise<void> {
    const firsts = await this.advance(feed, streams).catch(() => new Map<string, Progress>());
    await bounded([...streams], STREAMS_AT_ONCE, async ([stream, list]) => {
      let end: End | { state: 'failed'; error: unknown };
      try {
        end = await this.end(feed, stream, list, firsts.get(stream));
      } catch (error) {
        end = { state: 'failed', error };
      }
      if (end.state === 'current' || end.state === 'parked') return;
      const { generation } = feed;
      const facts = { stream, generation, ...('error' in end ? said(end.error) : {}) };
      this.parts.log({ level: 'info', message: 'left to the rebuild', ...facts });
    });
  }

  private async retrace(feeds: readonly Feed[], stream: string, list: readonly Delivery[]): Promise<string[]> {
    try {
      for (const feed of feeds) {
        if (feed.role !== 'aside' && (await feed.follower.retrace(stream, targetOf(list)))) this.count(feed);
      }
      return [];
    } catch (error) {
      return this.again(list, { state: 'failed', applied: 0, error });
    }
  }

  /** A message whose last receives came to no decision: the function was ended, by its time-out or for its memory. */
  private isSuspect({ record }: Delivery): boolean {
    return receivesOf(record) > this.parts.parkAfter;
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
    const { parking, writer, follower, role } = feed;
    const target = targetOf(list);
    const progress = first ?? { state: 'gap', applied: await writer.applied(stream) };
    if (progress.state === 'current' || progress.state === 'failed' || progress.applied >= target) return progress;
    // A mark that the view has passed is left from a function that ended before it took the mark away.
    const mark = await parking.mark(stream);
    if (mark !== undefined && mark.version > progress.applied) return { state: 'parked', applied: progress.applied };
    if (progress.state !== 'gap') return progress;
    // A generation that is being filled may lie far behind: more than a page of it is the business of who fills it.
    return follower.follow(stream, progress.applied, target, { pages: role === 'aside' ? 1 : undefined });
  }

  /** Acknowledges what is applied and decides about the rest: it comes again, or the stream is parked. */
  private async settle(feed: Feed, stream: string, list: readonly Delivery[], end: End): Promise<Settled> {
    const { parking, role } = feed;
    const { parkAfter, log } = this.parts;
    const rest = list.filter(({ envelope }) => envelope.version > end.applied);
    if (rest.length === 0 || end.state === 'current') return { again: [], parked: false };
    if (end.state === 'parked') {
      this.count(feed);
      return { again: [], parked: true };
    }
    const facts = { stream, version: end.applied + 1, ...('error' in end ? said(end.error) : {}) };
    if (end.state !== 'poison') return { again: await this.again(rest, end), parked: false };
    if (role === 'ahead') {
      // Parked here and applied in the live one, readers would see an older state once they have moved.
      const { applied, error } = end;
      const again = await this.again(rest, { state: 'late', applied, error }, 'waits for readers to move');
      return { again, parked: false };
    }
    const attempts = Math.max(...rest.map((delivery) => delivery.attempts));
    if (attempts >= parkAfter && (await parking.park(stream, end.applied, end.error))) {
      log({ level: 'error', message: 'stream parked', attempts, ...facts });
      this.count(feed);
      return { again: [], parked: true };
    }
    log({ level: 'warn', message: 'commit cannot be applied', attempts, ...facts });
    return { again: await this.hide(rest.map(({ record }) => record)), parked: false };
  }

  /** A stream of the view that readers see stands still. */
  private count({ role }: Feed): void {
    const { log, name, now } = this.parts;
    if (role === 'live') metric(log, 'Parked', 1, 'Count', { Projection: name }, now);
  }

  /** Nothing is wrong with these messages: they come again as often as it takes, and never reach the dead letters. */
  private async again(
    list: readonly Delivery[],
    end: End,
    message = end.state === 'late' ? 'waits for history' : 'waits for the store',
  ): Promise<string[]> {
    const { queue, parkAfter, log } = this.parts;
    const failed: SQSRecord[] = [];
    for (const delivery of list) {
      const { envelope, attempts, copies, record } = delivery;
      const facts = { stream: envelope.subject, version: envelope.version, ...('error' in end ? said(end.error) : {}) };
      log({ level: 'warn', message, copies, ...facts });
      const receives = receivesOf(record);
      if (end.state !== 'late' && receives < parkAfter) {
        failed.push(record);
        continue;
      }
      try {
        // Neither the receive that met no history nor those that met no store count as attempts.
        await queue.copy(delivery, growing(copies), end.state === 'late' ? attempts - 1 : attempts - receives);
      } catch (error) {
        log({ level: 'error', message: 'no copy could be sent', ...facts, ...said(error) });
        failed.push(record);
      }
    }
    return this.hide(failed);
  }

  /** Lets messages come back soon, later each time; Lambda would leave them hidden for the whole time-out. */
  private async hide(records: readonly SQSRecord[]): Promise<string[]> {
    await bounded(records, STREAMS_AT_ONCE, async (record) => {
      try {
        await this.parts.queue.hide(record, growing(receivesOf(record) - 1));
      } catch (error) {
        const { messageId } = record;
        this.parts.log({ level: 'warn', message: 'comes back only after its time-out', messageId, ...said(error) });
      }
    });
    return records.map(({ messageId }) => messageId);
  }
}

function failures(messages: readonly string[]): SQSBatchResponse {
  return { batchItemFailures: messages.map((itemIdentifier) => ({ itemIdentifier })) };
}

/** The latest version among the messages of a stream. */
function targetOf(list: readonly Delivery[]): number {
  return list.at(-1)?.envelope.version ?? 0;
}
