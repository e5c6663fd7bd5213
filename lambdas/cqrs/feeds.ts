import type { Clock } from '../stores/index.js';
import type { GenerationRecord } from './generation.js';
import { HistoryFollower } from './history-follower.js';
import type { HistoryReader } from './history-reader.js';
import type { Log } from './log.js';
import { recordCopy } from './record-copy.js';
import type { Parking, ViewStore } from './view-store.js';
import type { ViewWriter } from './view-writer.js';

/**
 * What a generation is to those that feed it.
 *
 * - `live`: readers see it.
 * - `ahead`: readers are about to move to it, so it must have what the live one has: a stream that it cannot take waits.
 * - `behind`: readers may move back to it, so it comes first too; what it cannot take is parked in it.
 * - `aside`: it is being filled. It comes last, and what it cannot take now it gets from history later.
 */
export type Role = 'live' | 'ahead' | 'behind' | 'aside';

/** One generation to feed. */
export interface Feed {
  readonly generation: number;
  readonly role: Role;
  readonly writer: ViewWriter;
  readonly parking: Parking;
  readonly follower: HistoryFollower;
}

/** The generations to feed, in the order of writing. */
export type Feeds = () => Promise<readonly Feed[]>;

/** What feeds are made of. */
export interface FeedParts {
  readonly store: ViewStore;
  readonly history: HistoryReader;
  readonly log: Log;
  readonly now: Clock;
}

/** The generations to feed by the record, of which a copy is used for at most 2 s. */
export function feedsOf({ store, history, log, now }: FeedParts): Feeds {
  const made = new Map<number, Pick<Feed, 'writer' | 'parking' | 'follower'>>();
  const copy = recordCopy(() => store.generations.read(), now);
  const feed = (generation: number, role: Role): Feed => {
    let parts = made.get(generation);
    if (parts === undefined) {
      const writer = store.writer(generation);
      const parking = store.parking(generation);
      parts = { writer, parking, follower: new HistoryFollower({ writer, parking, history, log }) };
      made.set(generation, parts);
    }
    return { generation, role, ...parts };
  };
  return async () => rolesOf(await copy()).map(([generation, role]) => feed(generation, role));
}

/** Which generations are fed, in the order of writing. */
export function rolesOf({ live, beside }: GenerationRecord): readonly (readonly [number, Role])[] {
  switch (beside?.phase) {
    case 'building':
      return [
        [live, 'live'],
        [beside.generation, 'aside'],
      ];
    case 'ready':
      return [
        [beside.generation, 'ahead'],
        [live, 'live'],
      ];
    case 'kept':
      return [
        [beside.generation, 'behind'],
        [live, 'live'],
      ];
    case 'frozen':
    case 'dropping':
    case undefined:
      return [[live, 'live']];
  }
}
