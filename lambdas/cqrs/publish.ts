import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { EventBridgeClient, PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { retrying, systemClock, type RetryOptions } from '../stores/index.js';
import { bounded } from './bounded.js';
import { envelopeText, withoutEvents } from './envelope.js';
import { ENTRIES_LIMIT } from './limits.js';
import { detailType, type CommitKey, type StoredCommit } from './outbox.js';

/** The transport has no order to keep; and what a relay claims and marks in between must not cost it its rate. */
export const REQUESTS_AT_ONCE = 3;

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
  /** Whether what the bus refused may be taken another time; what may not is not sent again. Default: yes. */
  readonly mayPass?: (commit: StoredCommit) => boolean;
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
  readonly stored: StoredCommit;
  readonly entry: PutEventsRequestEntry;
}

/** What became of commits that were sent. */
export interface Published {
  readonly published: CommitKey[];
  /** How many the bus did not take, of those that may pass. */
  readonly left: number;
  /** Why. */
  readonly fault?: string;
}

/** Sends commits, and returns those that the bus took. What it refused is sent again, with backoff; then it is left. */
export async function publish(
  bus: Bus,
  commits: readonly StoredCommit[],
  options: PublishOptions = {},
): Promise<Published> {
  const { now = systemClock, within = Infinity, mayPass = () => true } = options;
  const started = now().getTime();
  const items = commits.map((stored) => ({ stored, entry: toEntry(bus, stored) }));
  const published: CommitKey[] = [];
  let left = 0;
  let fault: string | undefined;
  await bounded(batches(items, bus.entryLimit), REQUESTS_AT_ONCE, async (batch) => {
    let rest = batch;
    const send = async (): Promise<void> => {
      const { taken, failure } = await put(bus, rest, options.signal);
      published.push(...taken.map(({ stored }) => stored));
      rest = rest.filter((item) => !taken.includes(item) && mayPass(item.stored));
      if (rest.length > 0) throw failure;
    };
    try {
      await retrying(send, {
        ...options,
        within: within - (now().getTime() - started),
        when: (_, attempt) => attempt < (options.attempts ?? 3) && !options.signal?.aborted,
      });
    } catch (error) {
      left += rest.length;
      fault = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown';
    }
  });
  return { published, left, fault };
}

/** The bus took a request and not all of its entries: it is throttled, or has a fault of its own. */
class RefusedEntries extends Error {
  override readonly name = 'RefusedEntries';
  readonly code = 'entries-refused';

  constructor(reasons: readonly string[]) {
    super(`the bus refused entries: ${reasons.join(', ') || 'it does not say why'}`);
  }
}

/** Sends one request: what the bus took, and why not the rest. */
async function put(
  { client }: Bus,
  items: readonly Item[],
  signal?: AbortSignal,
): Promise<{ taken: readonly Item[]; failure: unknown }> {
  const command = new PutEventsCommand({ Entries: items.map(({ entry }) => entry) });
  try {
    const { Entries = [] } = await client.send(command, { abortSignal: signal });
    const codes = [...new Set(Entries.flatMap(({ ErrorCode }) => ErrorCode ?? []))];
    const taken = items.filter((_, index) => Entries[index]?.EventId !== undefined);
    return { taken, failure: new RefusedEntries(codes) };
  } catch (failure) {
    return { taken: [], failure };
  }
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
