import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { EventBridgeClient, PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { retrying, systemClock, type RetryOptions } from '../stores/index.js';
import { bounded } from './bounded.js';
import { envelopeText, withoutEvents } from './envelope.js';
import { ENTRIES_LIMIT } from './limits.js';
import { detailType, type CommitKey, type StoredCommit } from './outbox.js';

/** The transport has no order to keep; and what a relay claims and marks in between must not cost it its rate. */
const REQUESTS_AT_ONCE = 3;

/** Where commits are published. */
export interface Bus {
  readonly client: Pick<EventBridgeClient, 'send'>;
  readonly bus: string;
  readonly service: string;
  /** The largest entry, and the largest request, in bytes. */
  readonly entryLimit: number;
}

/** When publishing gives up; `within` is for all of it. */
export interface PublishOptions extends Pick<RetryOptions, 'now' | 'random' | 'sleep' | 'within'> {
  readonly signal?: AbortSignal;
  /** How often an entry is sent. Default: 3. */
  readonly attempts?: number;
}

/**
 * The size of an entry as EventBridge counts it: 14 bytes for a time, and the UTF-8 bytes of source, detail-type,
 * detail and resources.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html
 */
export function entrySize(entry: PutEventsRequestEntry): number {
  const texts = [entry.Source ?? '', entry.DetailType ?? '', entry.Detail ?? '', ...(entry.Resources ?? [])];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text, 'utf8'), entry.Time === undefined ? 0 : 14);
}

/** The entry of a commit. One over the limit travels without its events; subscribers read them from history. */
export function toEntry(
  { service, bus, entryLimit }: Omit<Bus, 'client'>,
  stored: StoredCommit,
): PutEventsRequestEntry {
  const entry = (commit: string): PutEventsRequestEntry => ({
    EventBusName: bus,
    Source: service,
    DetailType: detailType(stored),
    Detail: envelopeText(stored.stream, stored.version, commit),
  });
  const full = entry(stored.commit);
  return entrySize(full) > entryLimit ? entry(withoutEvents(stored.commit)) : full;
}

interface Item {
  readonly key: CommitKey;
  readonly entry: PutEventsRequestEntry;
}

/** Sends commits, and returns those that the bus took. What it refused is sent again, with backoff; then it is left. */
export async function publish(
  bus: Bus,
  commits: readonly StoredCommit[],
  options: PublishOptions = {},
): Promise<{ readonly published: CommitKey[]; readonly fault?: string }> {
  const { now = systemClock, within = Infinity } = options;
  const started = now().getTime();
  const items = commits.map((stored) => ({ key: stored, entry: toEntry(bus, stored) }));
  const published: CommitKey[] = [];
  let fault: string | undefined;
  await bounded(batches(items, bus.entryLimit), REQUESTS_AT_ONCE, async (batch) => {
    let left = batch;
    const send = async (): Promise<void> => {
      const answer = await put(bus, left, options.signal);
      published.push(...answer.taken);
      left = answer.refused;
      if (left.length > 0) throw new RefusedEntries(answer.fault);
    };
    try {
      await retrying(send, {
        ...options,
        within: within - (now().getTime() - started),
        when: (_, attempt) => attempt < (options.attempts ?? 3) && !options.signal?.aborted,
      });
    } catch (error) {
      fault = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown';
    }
  });
  return { published, fault };
}

class RefusedEntries extends Error {
  override readonly name = 'RefusedEntries';
}

async function put(
  { client }: Bus,
  items: readonly Item[],
  signal?: AbortSignal,
): Promise<{ taken: CommitKey[]; refused: Item[]; fault: string }> {
  const command = new PutEventsCommand({ Entries: items.map(({ entry }) => entry) });
  const { Entries = [] } = await client.send(command, { abortSignal: signal });
  const isRefused = (index: number): boolean => Entries[index]?.EventId === undefined;
  return {
    taken: items.filter((_, index) => !isRefused(index)).map(({ key }) => key),
    refused: items.filter((_, index) => isRefused(index)),
    fault: [...new Set(Entries.flatMap(({ ErrorCode }) => ErrorCode ?? []))].join(', '),
  };
}

/** Up to ten entries, and together no larger than one request may be. */
function batches(items: readonly Item[], limit: number): Item[][] {
  const found: Item[][] = [];
  let size = 0;
  for (const item of items) {
    const bytes = entrySize(item.entry);
    const last = found.at(-1);
    if (last !== undefined && last.length < ENTRIES_LIMIT && size + bytes <= limit) {
      last.push(item);
      size += bytes;
    } else {
      found.push([item]);
      size = bytes;
    }
  }
  return found;
}
