import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { GenerationKeys } from './generation-keys.js';
import { Problem } from './problem.js';
import { compareKeys, type KeyValue } from './sort-order.js';
import { UsageError } from './usage-error.js';
import type { ViewTable } from './view-table.js';

/** Which part of a list to read. */
export interface PageOptions {
  /** How many items at most, 1 to 1000. Default: 50. */
  readonly limit?: number;
  /** Where the page before ended: its `cursor`. It also keeps what that page was asked to show at least. */
  readonly cursor?: string;
  /** Whether the highest sort key comes first. Default: the lowest. */
  readonly descending?: boolean;
  /** The lowest sort key, itself included. */
  readonly from?: string | number;
  /** The highest sort key, itself included. */
  readonly to?: string | number;
}

/** A part of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Give it to the next read; left out where the list ends. A page before the end may be empty. */
  readonly cursor?: string;
}

/** What is listed: a partition of a table or of one of its indexes. */
export interface Listed {
  readonly index?: string;
  readonly partitionKey: string;
  readonly sortKey?: string;
  readonly value: KeyValue;
}

/** The part of a list to read, checked. */
export interface Part {
  readonly limit: number;
  readonly descending: boolean;
  readonly from?: KeyValue;
  readonly to?: KeyValue;
  /** The key after which it begins. Left out at the beginning of the list. */
  readonly start?: Item;
}

/** Items as they are stored, keys without their generation's mark. */
export type Item = Readonly<Record<string, unknown>>;

const DEFAULT_LIMIT = 50;
const LARGEST_LIMIT = 1000;

/**
 * The part of a list that is asked for.
 *
 * @throws Problem `invalid-limit` or `invalid-range` (400).
 */
export function partOf({ sortKey }: Listed, options: PageOptions, start?: Item): Part {
  const { limit = DEFAULT_LIMIT, descending = false, from, to } = options;
  if (!Number.isInteger(limit) || limit < 1 || limit > LARGEST_LIMIT) {
    throw new Problem('invalid-limit', 400, `limit must be a whole number from 1 to ${LARGEST_LIMIT}`);
  }
  const ends = [from, to].filter((end) => end !== undefined);
  if (ends.length > 0 && sortKey === undefined) {
    throw new UsageError('no-sort-key', 'from and to need a sort key: this table or index has none');
  }
  if (ends.some((end) => typeof end === 'number' && !Number.isFinite(end))) {
    throw new Problem('invalid-range', 400, 'from and to must be values of the sort key');
  }
  if (from !== undefined && to !== undefined && compareKeys(from, to) > 0) {
    throw new Problem('invalid-range', 400, 'from must not lie after to');
  }
  return { limit, descending, from, to, start };
}

/** The attributes of the key at which a page of this list ends. */
export function keyNames(table: ViewTable, { partitionKey, sortKey }: Listed): string[] {
  const names = [table.partitionKey, table.sortKey, partitionKey, sortKey];
  return [...new Set(names.filter((name) => name !== undefined))];
}

/**
 * Reads a page by one Query.
 *
 * @returns its items, and the key at which it ended before the end of the list
 * @throws Problem `invalid-cursor` (400) if it cannot begin where it shall.
 */
export async function readPage(
  table: ViewTable,
  listed: Listed,
  part: Part,
  keys: GenerationKeys,
): Promise<{ readonly items: readonly Item[]; readonly end?: Item }> {
  const { start, limit, descending } = part;
  const range = rangeOf(listed, part, keys);
  try {
    const answer = await table.client.send(
      new QueryCommand({
        TableName: table.table,
        IndexName: listed.index,
        KeyConditionExpression: ['#partition = :partition', ...range.conditions].join(' AND '),
        ExpressionAttributeNames: { '#partition': listed.partitionKey, ...range.names },
        ExpressionAttributeValues: { ':partition': keys.encode(listed.partitionKey, listed.value), ...range.values },
        ScanIndexForward: !descending,
        Limit: limit,
        ExclusiveStartKey: start === undefined ? undefined : keys.encodeItem(start),
      }),
    );
    const end = answer.LastEvaluatedKey;
    const items = (answer.Items ?? []).map((item) => keys.decodeItem(item));
    return { items, ...(end === undefined ? {} : { end: keys.decodeItem(end) }) };
  } catch (cause) {
    if (start === undefined || !(cause instanceof Error) || cause.name !== 'ValidationException') throw cause;
    throw new Problem('invalid-cursor', 400, 'the cursor does not lie in this list: start again without it', { cause });
  }
}

interface Range {
  readonly conditions: readonly string[];
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, KeyValue>>;
}

function rangeOf({ sortKey }: Listed, part: Part, keys: GenerationKeys): Range {
  if (sortKey === undefined || (part.from === undefined && part.to === undefined)) {
    return { conditions: [], names: {}, values: {} };
  }
  const names = { '#sort': sortKey };
  const [from, to] = [part.from, part.to].map((end) => (end === undefined ? undefined : keys.encode(sortKey, end)));
  if (to === undefined) return { conditions: ['#sort >= :from'], names, values: { ':from': from ?? '' } };
  if (from === undefined) return { conditions: ['#sort <= :to'], names, values: { ':to': to } };
  return { conditions: ['#sort BETWEEN :from AND :to'], names, values: { ':from': from, ':to': to } };
}
