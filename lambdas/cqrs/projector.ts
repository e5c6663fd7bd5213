import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Clock } from '../stores/index.js';
import { bounded } from './bounded.js';
import { byStream, deliveryOf, mostReceives, receivesOf, type Delivery } from './delivery.js';
import type { Feed, Feeds } from './feeds.js';
import { said, type Log } from './log.js';
import type { Batch, Recovery } from './recovery.js';
import type { Progress } from './view-writer.js';

/** What a projector is made of. */
export interface ProjectorParts {
  /** The name of the stream that it follows. */
  readonly streamName: string;
  /** After so many receives what cannot be applied is parked. */
  readonly parkAfter: number;
  readonly feeds: Feeds;
  readonly log: Log;
  readonly now: Clock;
  /** Loaded where a write did not do: most batches and most containers do without. */
  readonly recovery: () => Promise<Recovery>;
}

type Streams = ReadonlyMap<string, readonly Delivery[]>;

/** How many streams of a batch are recovered at the same time. */
const STREAMS_AT_ONCE = 10;

/**
 * Feeds a view from its queue, each of its generations in turn. What a message needs beyond the write is looked at only
 * where the write did not do, and loaded then.
 */
export class Projector {
  constructor(private readonly parts: ProjectorParts) {}

  /** Applies a batch of messages. Those that it returns are to be delivered again. */
  async deliver(event: SQSEvent): Promise<SQSBatchResponse> {
    const begun = this.parts.now().getTime();
    const batch: Batch = { begun, failed: [], waiting: [], standing: 'none' };
    const { streams, aliens } = this.sorted(event);
    if (aliens.length > 0) await (await this.parts.recovery()).hide(batch, aliens);
    if (streams.size > 0) await this.apply(batch, streams);
    return { batchItemFailures: batch.failed.map((itemIdentifier) => ({ itemIdentifier })) };
  }

  private async apply(batch: Batch, streams: Map<string, Delivery[]>): Promise<void> {
    const { feeds, recovery } = this.parts;
    let fed: readonly Feed[] = [];
    try {
      fed = await feeds();
    } catch (error) {
      await (await recovery()).failed(batch, [...streams.values()].flat(), error);
    }
    if (fed.length > 0) await this.feedAll(fed, streams, batch);
    if (batch.waiting.length > 0 || batch.standing !== 'none') await (await recovery()).tell(batch, fed);
  }

  private async feedAll(feeds: readonly Feed[], streams: Map<string, Delivery[]>, batch: Batch): Promise<void> {
    const suspects = new Map([...streams].filter(([, list]) => list.some((delivery) => this.isSuspect(delivery))));
    for (const stream of suspects.keys()) streams.delete(stream);
    let left: Streams = streams;
    for (const feed of feeds) {
      if (feed.role === 'aside') await this.feedAside(feed, streams);
      else left = await this.feed(feed, left, batch);
    }
    // One after the other, and last: what ends the function must not be taken for its neighbour.
    for (const [stream, list] of suspects) await (await this.parts.recovery()).retrace(feeds, stream, list, batch);
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
    const left = [...streams].filter(([stream]) => firsts.get(stream)?.state !== 'current');
    if (left.length === 0) return streams;
    const recovery = await this.parts.recovery();
    const taken = new Map(streams);
    await bounded(left, STREAMS_AT_ONCE, async ([stream, list]) => {
      const some = await recovery.see(feed, [stream, list], firsts.get(stream), batch);
      if (some.length > 0) taken.set(stream, some);
      else taken.delete(stream);
    });
    return taken;
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

  /** A message whose last receives came to no decision: the function was ended, by its time-out or for its memory. */
  private isSuspect({ record, isSuspect }: Delivery): boolean {
    return isSuspect || receivesOf(record) > mostReceives(this.parts.parkAfter);
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
}
