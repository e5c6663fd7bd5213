import type { Envelope } from './envelope.js';
import type { GenerationRecord } from './generation.js';
import type { ViewWriter } from './view-writer.js';

/** Where a view is kept: its generations, who writes them, and which streams stand still in them. One adapter per store. */
export interface ViewStore {
  writer(generation: number): ViewWriter;
  parking(generation: number): Parking;
  /** Loaded when it is asked for: only a rebuild does. */
  check(generation: number): Promise<ViewCheck>;
  readonly generations: Generations;
}

/** Why a stream stands still in a view. */
export interface ParkingMark {
  readonly stream: string;
  /** The version that cannot be applied. */
  readonly version: number;
  /** What its application ends with. */
  readonly cause: string;
  /** When it was parked, ISO 8601. */
  readonly at: string;
}

/** The parking marks of one generation of a view. */
export interface Parking {
  /** The mark of a stream, undefined where it is not parked. */
  mark(stream: string): Promise<ParkingMark | undefined>;
  /**
   * Parks a stream at the version after `applied`, unless the view has moved on in the meantime: a newer handler may
   * have applied what this one could not.
   *
   * @returns whether it is parked
   */
  park(stream: string, applied: number, error: Error): Promise<boolean>;
  clear(stream: string): Promise<void>;
  /**
   * How many marks there are, in one request: 0 only where there is none. Thousands are counted as so many at least, and
   * what is counted may have just gone.
   */
  count(): Promise<number>;
  /** The marks, a page of them. */
  list(cursor?: string): Promise<{ readonly marks: readonly ParkingMark[]; readonly cursor?: string }>;
}

/** The generations of a view and the record that says which of them readers see. */
export interface Generations {
  /** The record; `{ live: 1, revision: 0 }` where none was written. */
  read(): Promise<GenerationRecord>;
  /** Writes it if its revision is still the stored one; the new record, or undefined where another was faster. */
  write(record: GenerationRecord): Promise<GenerationRecord | undefined>;
  /** Makes room for a generation (PostgreSQL: its table). Idempotent. */
  begin(generation: number): Promise<void>;
  /**
   * Refuses what `publish` would refuse, while readers have not begun to move.
   *
   * @throws RebuildError if something would be lost.
   */
  mayPublish(generation: number): Promise<void>;
  /**
   * Makes a generation the one that readers see, where that is not the record's own affair (PostgreSQL: renames).
   * Idempotent.
   */
  publish(generation: number): Promise<void>;
  /** Deletes a portion of a generation; false when nothing is left. */
  drop(generation: number): Promise<boolean>;
}

/** What a view holds of one stream: up to which version, and a checksum over all that this stream has put into it. */
export interface Held {
  readonly version: number;
  readonly checksum: string;
  /** The versions that it has passed over, since they were discarded. Left out where there is none. */
  readonly passed?: readonly number[];
}

/** Which streams are asked for: a page of one segment, each stream lying in one of them. */
export interface StreamsPlace {
  readonly streamName: string;
  readonly segment: number;
  readonly segments: number;
  /** Where the page before ended. */
  readonly cursor?: string;
}

/** Streams that a view holds something of, each with its version; a page may have none and still have a cursor. */
export interface StreamsPage {
  readonly streams: readonly { readonly stream: string; readonly version: number }[];
  readonly cursor?: string;
}

/** Compares one generation of a view with what history gives. */
export interface ViewCheck {
  /** The streams that the view holds something of, whether history lists them or not. */
  streams(place: StreamsPlace): Promise<StreamsPage>;
  /** What the view holds of these streams, in their order; version 0 where it holds nothing. */
  held(streams: readonly string[]): Promise<readonly Held[]>;
  /**
   * What a stream's whole history up to some version gives, its first commit being version 1. A commit that cannot be
   * applied moves the version only: a view is beyond it only because it was discarded.
   *
   * @param passed - versions that move the version only, whatever their handler makes of them: the view says that they
   *   were discarded, be it that the store alone could not take them
   */
  folded(stream: string, commits: readonly Envelope[], passed: readonly number[]): Promise<Held>;
  /**
   * Whether the totals are the sum of what the streams contribute: a portion at a time, in a generation that stands
   * still. A view without totals has none to compare.
   */
  totals?(cursor: string | undefined): Promise<{ readonly cursor?: string; readonly equal?: boolean }>;
}
