import type { ViewTable } from './view-table.js';

/** The streams of a directory, and how often one was parked that it could not name: left out where it names all. */
export const STREAMS = '_streams';
export const UNNAMED = '_unnamed';
/** How many streams a directory names at most: an item of DynamoDB holds 400 KB. */
export const MOST_NAMED = 2000;

/** The directory of the streams that are parked in one generation. */
export interface ParkingDirectory {
  readonly table: ViewTable;
  readonly generation: number;
  /** The key of its item. */
  readonly directory: Readonly<Record<string, string>>;
}

/** Where a scan for marks goes on, what the directory said when it began, and how many it has found. */
export interface ScanPlace {
  readonly start?: Record<string, unknown>;
  readonly unnamed: number;
  readonly found: number;
}
