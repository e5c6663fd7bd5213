import type { Clock } from '../stores/index.js';
import { versioned, type GenerationRecord } from './generation.js';
import { recordCopy } from './record-copy.js';
import type { Generations, Parking, ViewStore } from './view-store.js';
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
}

/** The generations to feed, in the order of writing. */
export type Feeds = () => Promise<readonly Feed[]>;

/** What feeds are made of. */
export interface FeedParts {
  readonly store: ViewStore;
  readonly now: Clock;
  /** The version of its logic that the deployed function declares; left out where nothing is ever rebuilt. */
  readonly declared?: string;
}

/** The generations to feed by the record, of which a copy is used for at most 2 s. */
export function feedsOf({ store, now, declared }: FeedParts): Feeds {
  const made = new Map<number, Pick<Feed, 'writer' | 'parking'>>();
  const copy = recordCopy(() => recordOf(store.generations, declared), now);
  const feed = (generation: number, role: Role): Feed => {
    let parts = made.get(generation);
    if (parts === undefined) {
      parts = { writer: store.writer(generation), parking: store.parking(generation) };
      made.set(generation, parts);
    }
    return { generation, role, ...parts };
  };
  return async () => rolesOf(await copy()).map(([generation, role]) => feed(generation, role));
}

/** The record. Who feeds a view first notes what it is built with, so that a later version is known for another one. */
async function recordOf(generations: Generations, declared: string | undefined): Promise<GenerationRecord> {
  const record = await generations.read();
  if (record.revision > 0 || declared === undefined) return record;
  return (await generations.write(versioned(record, declared))) ?? generations.read();
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
