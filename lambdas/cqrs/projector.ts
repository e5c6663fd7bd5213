import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { bounded } from './bounded.js';
import { byStream, deliveryOf, receivesOf, type Delivery } from './delivery.js';
import { HistoryUnavailableError, type HistoryReader } from './history-reader.js';
import { said, type Log } from './log.js';
import { growing, type OwnQueue } from './own-queue.js';
import type { Parking } from './parking.js';
import type { Progress, ViewWriter } from './view-writer.js';

/** What a projector is made of. */
export interface ProjectorParts {
  /** The name of the stream that it follows. */
  readonly streamName: string;
  /** After so many receives what cannot be applied is parked. */
  readonly parkAfter: number;
  readonly writer: ViewWriter;
  readonly parking: Parking;
  readonly history: HistoryReader;
  readonly queue: OwnQueue;
  readonly log: Log;
}

/** What retry and discard come to. */
export interface ParkingOutcome {
  readonly stream: string;
  /** `following`: all of its history is in the view. `parked`: a commit still cannot be applied. */
  readonly state: 'following' | 'parked';
  /** The version that the view holds now. */
  readonly applied: number;
  /** Why it is parked. */
  readonly cause?: string;
}

type End = Progress | { state: 'parked'; applied: number } | { state: 'late'; applied: number; error: unknown };

/** How many streams of a batch catch up or are settled at the same time. */
const STREAMS_AT_ONCE = 10;
const ROUNDS = 5;

/**
 * Feeds a view from its queue. What a message needs beyond the write is looked at only where the write did not do:
 * gaps are closed from history, what history cannot give yet comes back later, and what cannot be applied is parked.
 */
export class Projector {
  constructor(private readonly parts: ProjectorParts) {}

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
    const firsts = await this.advance(streams);
    const settled = await bounded([...streams], STREAMS_AT_ONCE, async ([stream, list]) => {
      try {
        return await this.settle(stream, list, await this.end(stream, list, firsts.get(stream)));
      } catch (error) {
        return this.again(list, { state: 'failed', applied: 0, error });
      }
    });
    const failed = [...(await this.hide(aliens)), ...settled.flat()];
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  }

  /** Applies the history of a parked stream, the parked commit first, and follows it again. */
  async retry(stream: string): Promise<ParkingOutcome> {
    return this.resume(stream, undefined);
  }

  /** Passes exactly the parked version of a stream, then retries. A stream that is not parked is left as it is. */
  async discard(stream: string): Promise<ParkingOutcome> {
    const mark = await this.parts.parking.mark(stream);
    if (mark === undefined) return { stream, state: 'following', applied: await this.parts.writer.applied(stream) };
    this.parts.log({ level: 'warn', message: 'commit discarded', stream, version: mark.version, reason: mark.cause });
    return this.resume(stream, mark.version);
  }

  private async resume(stream: string, pass: number | undefined): Promise<ParkingOutcome> {
    const { parking, writer } = this.parts;
    for (let round = 0; round < ROUNDS; round += 1) {
      let end = await this.follow(stream, await writer.applied(stream), undefined, pass);
      if (end.state === 'current') {
        await parking.clear(stream);
        // What was acknowledged unapplied between the reading and the deletion is in history now.
        end = await this.follow(stream, end.applied, undefined, pass);
      }
      const { applied } = end;
      if (end.state === 'current') return { stream, state: 'following', applied };
      if (end.state !== 'poison') throw 'error' in end ? end.error : new HistoryUnavailableError(`${stream} has a gap`);
      if (await parking.park(stream, applied, end.error, writer.versionItem(stream))) {
        return { stream, state: 'parked', applied, cause: end.error.message };
      }
    }
    throw new Error(`${stream} kept moving while it was resumed: try again`);
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
    const target = list.at(-1)?.envelope.version ?? 0;
    const progress = first ?? { state: 'gap', applied: await writer.applied(stream) };
    if (progress.state === 'current' || progress.state === 'failed' || progress.applied >= target) return progress;
    if ((await parking.mark(stream)) !== undefined) return { state: 'parked', applied: progress.applied };
    return progress.state === 'gap' ? this.follow(stream, progress.applied, target) : progress;
  }

  /** Applies history from `applied` on: up to a version, or to its end. */
  private async follow(stream: string, applied: number, until?: number, pass?: number): Promise<End> {
    const { history, writer } = this.parts;
    const late = (error: unknown): End => ({ state: 'late', applied: reached, error });
    let reached = applied;
    while (until === undefined || reached < until) {
      let page;
      try {
        page = await history(stream, reached + 1);
      } catch (error) {
        return late(error);
      }
      if (page.commits.length > 0) {
        const work = { stream, commits: page.commits, ...(pass === undefined ? {} : { pass }) };
        const progress = (await writer.advance([work])).get(stream);
        if (progress === undefined || progress.state === 'gap' || progress.applied <= reached) {
          if (progress?.state === 'poison' || progress?.state === 'failed') return progress;
          return late(new HistoryUnavailableError(`the history of ${stream} does not go on after ${reached}`));
        }
        reached = progress.applied;
        if (progress.state !== 'current') return progress;
      } else if (page.more) {
        return late(new HistoryUnavailableError(`the history of ${stream} gave an empty page after ${reached}`));
      }
      if (!page.more && until !== undefined && reached < until) {
        return late(new HistoryUnavailableError(`the history of ${stream} ends at ${reached}, before ${until}`));
      }
      if (!page.more) break;
    }
    return { state: 'current', applied: reached };
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
