import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { bounded } from './bounded.js';
import { byStream, deliveryOf, receivesOf, type Delivery } from './delivery.js';
import { HistoryFollower, type Followed, type FollowerParts } from './history-follower.js';
import { said } from './log.js';
import { growing, type OwnQueue } from './own-queue.js';
import type { Progress } from './view-writer.js';

/** What a projector is made of. */
export interface ProjectorParts extends FollowerParts {
  /** The name of the stream that it follows. */
  readonly streamName: string;
  /** After so many receives what cannot be applied is parked. */
  readonly parkAfter: number;
  readonly queue: OwnQueue;
}

type End = Followed | { state: 'parked'; applied: number };

/** How many streams of a batch catch up or are settled at the same time. */
const STREAMS_AT_ONCE = 10;

/**
 * Feeds a view from its queue. What a message needs beyond the write is looked at only where the write did not do:
 * gaps are closed from history, what history cannot give yet comes back later, and what cannot be applied is parked.
 */
export class Projector {
  /** For what needs more than the messages themselves. */
  readonly follower: HistoryFollower;

  constructor(private readonly parts: ProjectorParts) {
    this.follower = new HistoryFollower(parts);
  }

  /** Applies a batch of messages. Those that it returns are to be delivered again. */
  async deliver(event: SQSEvent): Promise<SQSBatchResponse> {
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
    const streams = byStream(deliveries);
    const suspects = new Map([...streams].filter(([, list]) => list.some((delivery) => this.isSuspect(delivery))));
    for (const stream of suspects.keys()) streams.delete(stream);
    const firsts = await this.advance(streams);
    const settled = await bounded([...streams], STREAMS_AT_ONCE, ([stream, list]) =>
      this.orAgain(list, async () => this.settle(stream, list, await this.end(stream, list, firsts.get(stream)))),
    );
    // One after the other, and last: what ends the function must not be taken for its neighbour.
    for (const [stream, list] of suspects) {
      const retraced = async (): Promise<string[]> => {
        await this.follower.retrace(stream, targetOf(list));
        return [];
      };
      settled.push(await this.orAgain(list, retraced));
    }
    const failed = [...(await this.hide(aliens)), ...settled.flat()];
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  }

  /** A message whose last receives came to no decision: the function was ended, by its time-out or for its memory. */
  private isSuspect({ record }: Delivery): boolean {
    return receivesOf(record) > this.parts.parkAfter;
  }

  private async orAgain(list: readonly Delivery[], work: () => Promise<string[]>): Promise<string[]> {
    try {
      return await work();
    } catch (error) {
      return this.again(list, { state: 'failed', applied: 0, error });
    }
  }

  /** The first pass over a batch: one write per commit. A stream with a thin entry has to read history anyway. */
  private async advance(streams: ReadonlyMap<string, readonly Delivery[]>): Promise<Map<string, Progress>> {
    const whole = [...streams].filter(([, list]) => list.every(({ envelope }) => envelope.data !== undefined));
    const work = whole.map(([stream, list]) => ({
      stream,
      commits: [...new Map(list.map(({ envelope }) => [envelope.version, envelope])).values()],
    }));
    return this.parts.writer.advance(work);
  }

  private async end(stream: string, list: readonly Delivery[], first: Progress | undefined): Promise<End> {
    const { parking, writer } = this.parts;
    const target = targetOf(list);
    const progress = first ?? { state: 'gap', applied: await writer.applied(stream) };
    if (progress.state === 'current' || progress.state === 'failed' || progress.applied >= target) return progress;
    // A mark that the view has passed is left from a function that ended before it took the mark away.
    const mark = await parking.mark(stream);
    if (mark !== undefined && mark.version > progress.applied) return { state: 'parked', applied: progress.applied };
    return progress.state === 'gap' ? this.follower.follow(stream, progress.applied, target) : progress;
  }

  /** Acknowledges what is applied and decides about the rest: the ids of the messages that shall come again. */
  private async settle(stream: string, list: readonly Delivery[], end: End): Promise<string[]> {
    const { parking, writer, parkAfter, log } = this.parts;
    const rest = list.filter(({ envelope }) => envelope.version > end.applied);
    if (rest.length === 0 || end.state === 'current' || end.state === 'parked') return [];
    const facts = { stream, version: end.applied + 1, ...('error' in end ? said(end.error) : {}) };
    if (end.state !== 'poison') return this.again(rest, end);
    const attempts = Math.max(...rest.map((delivery) => delivery.attempts));
    if (attempts >= parkAfter && (await parking.park(stream, end.applied, end.error, writer.versionItem(stream)))) {
      log({ level: 'error', message: 'stream parked', attempts, ...facts });
      return [];
    }
    log({ level: 'warn', message: 'commit cannot be applied', attempts, ...facts });
    return this.hide(rest.map(({ record }) => record));
  }

  /** Nothing is wrong with these messages: they come again as often as it takes, and never reach the dead letters. */
  private async again(list: readonly Delivery[], end: End): Promise<string[]> {
    const { queue, parkAfter, log } = this.parts;
    const failed: SQSRecord[] = [];
    for (const delivery of list) {
      const { envelope, attempts, copies, record } = delivery;
      const facts = { stream: envelope.subject, version: envelope.version, ...('error' in end ? said(end.error) : {}) };
      log({
        level: 'warn',
        message: end.state === 'late' ? 'waits for history' : 'waits for the store',
        copies,
        ...facts,
      });
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

/** The latest version among the messages of a stream. */
function targetOf(list: readonly Delivery[]): number {
  return list.at(-1)?.envelope.version ?? 0;
}
