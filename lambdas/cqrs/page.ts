import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { cursorOf, parseCursor } from './cursor.js';
import { Problem } from './problem.js';
import type { ViewTable } from './view-table.js';

/** Which part of a list to read. */
export interface PageOptions {
  /** How many items at most, 1 to 1000. Default: 50. */
  readonly limit?: number;
  /** Where the page before ended: its `cursor`. */
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
  /** Give it to the next read; left out where the list ends. */
  readonly cursor?: string;
}

/** What is listed: a partition of a table or of one of its indexes. */
export interface Listed {
  readonly index?: string;
  readonly partitionKey: string;
  readonly sortKey?: string;
  readonly value: string | number;
}

const DEFAULT_LIMIT = 50;
const LARGEST_LIMIT = 1000;

/**
 * Reads a page by one Query.
 *
 * @throws Problem `invalid-limit`, `invalid-range` or `invalid-cursor` (400).
 */
export async function readPage(table: ViewTable, listed: Listed, options: PageOptions): Promise<Page<Item>> {
  const { limit = DEFAULT_LIMIT, cursor, descending = false } = options;
  if (!Number.isInteger(limit) || limit < 1 || limit > LARGEST_LIMIT) {
    throw new Problem('invalid-limit', 400, `limit must be a whole number from 1 to ${LARGEST_LIMIT}`);
  }
  const range = rangeOf(listed, options);
  const keys = [table.partitionKey, table.sortKey, listed.partitionKey, listed.sortKey];
  const names = [...new Set(keys.filter((name) => name !== undefined))];
  const start = cursor === undefined ? undefined : parseCursor(cursor, names, { [listed.partitionKey]: listed.value });
  try {
    const answer = await table.client.send(
      new QueryCommand({
        TableName: table.table,
        IndexName: listed.index,
        KeyConditionExpression: ['#partition = :partition', ...range.conditions].join(' AND '),
        ExpressionAttributeNames: { '#partition': listed.partitionKey, ...range.names },
        ExpressionAttributeValues: { ':partition': listed.value, ...range.values },
        ScanIndexForward: !descending,
        Limit: limit,
        ExclusiveStartKey: start,
      }),
    );
    const end = answer.LastEvaluatedKey;
    return { items: answer.Items ?? [], ...(end === undefined ? {} : { cursor: cursorOf(end) }) };
  } catch (cause) {
    if (start === undefined || !(cause instanceof Error) || cause.name !== 'ValidationException') throw cause;
    throw new Problem('invalid-cursor', 400, 'the cursor does not lie in this list: start again without it', { cause });
  }
}

type Item = Readonly<Record<string, unknown>>;

interface Range {
  readonly conditions: readonly string[];
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, string | number>>;
}

function rangeOf({ sortKey }: Listed, { from, to }: PageOptions): Range {
  if (from === undefined && to === undefined) return { conditions: [], names: {}, values: {} };
  if (sortKey === undefined) throw new TypeError('from and to need a sort key: this table or index has none');
  if ([from, to].some((end) => typeof end === 'number' && !Number.isFinite(end))) {
    throw new Problem('invalid-range', 400, 'from and to must be values of the sort key');
  }
  if (from !== undefined && to !== undefined && from > to) {
    throw new Problem('invalid-range', 400, 'from must not lie after to');
  }
  const names = { '#sort': sortKey };
  if (to === undefined) return { conditions: ['#sort >= :from'], names, values: { ':from': from ?? '' } };
  if (from === undefined) return { conditions: ['#sort <= :to'], names, values: { ':to': to } };
  return { conditions: ['#sort BETWEEN :from AND :to'], names, values: { ':from': from, ':to': to } };
}
