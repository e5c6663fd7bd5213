import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { isGenerationKey, prefixOf } from './generation-keys.js';

/** The DynamoDB table of a view: what `dynamodb()` of the stores gives. */
export interface ViewTable {
  readonly client: DynamoDBDocumentClient;
  readonly table: string;
  readonly partitionKey: string;
  readonly sortKey?: string;
}

/** A view's table with its secondary indexes. */
export interface IndexedTable extends ViewTable {
  readonly indexes: readonly { readonly name: string; readonly partitionKey: string; readonly sortKey?: string }[];
}

/** The attribute that holds a view's version of a stream. */
export const VERSION = '_version';
/** The attribute that marks the item of a removed entity. */
export const TOMBSTONE = '_tombstone';
/** The attribute that holds a stream's contributions to totals. */
export const CONTRIBUTIONS = '_contributions';
/** The attribute that holds which versions of a stream were discarded. */
export const PASSED = '_passed';
/** The attribute that marks a total: nothing else tells it from an item that is not the view's. */
export const TOTAL = '_total';
/** The attribute that holds why a stream is parked. */
export const PARKED = '_parked';

/** What the partition keys of items begin with that the kit keeps beside the view's own. */
export const CONTROL_PREFIXES = ['_parked#', '_contribution#'];

/** Whether a partition key's value is one of those that the kit keeps for itself. */
export function isControlKey(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  return isGenerationKey(value) || CONTROL_PREFIXES.some((prefix) => value.startsWith(prefix));
}

/** The key, as it is stored, of an item that the kit keeps beside the view's own. */
export function controlKey(
  table: ViewTable,
  kind: 'parked' | 'contribution',
  stream: string,
  generation = 1,
): Record<string, string> {
  const key = { [table.partitionKey]: `${prefixOf(generation)}_${kind}#${stream}` };
  return table.sortKey === undefined ? key : { ...key, [table.sortKey]: '#' };
}

/** The versions of its stream that an item has passed over, in their order. */
export function passedIn(item: Readonly<Record<string, unknown>>): number[] {
  const passed = item[PASSED];
  return passed instanceof Set ? [...passed].map(Number).sort((a, b) => a - b) : [];
}

/** Whether the store refused a write for what it holds, so that a repetition cannot succeed. */
export function isRefused(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'ValidationException' || error.name === 'ItemCollectionSizeLimitExceededException') return true;
  // What the document client cannot turn into attributes, it throws as a plain error before any request.
  const local = ['Error', 'TypeError', 'RangeError'].includes(error.name);
  return local && !('$metadata' in error) && !('code' in error);
}
