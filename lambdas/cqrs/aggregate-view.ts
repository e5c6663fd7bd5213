import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { TotalKey } from './contributions.js';
import { readPage, type Page, type PageOptions } from './page.js';
import { nameOf, refuseToken, type Followed, type ReadOptions } from './read-options.js';
import { viewAccess, type ViewOptions } from './view-options.js';
import { isControlKey } from './view-table.js';

/** Reads an aggregate view. */
export interface AggregateView<T> {
  /**
   * The total with this key, undefined where nothing was ever contributed to it: one read.
   *
   * @throws Problem `token-unsupported` (400) if a token speaks of this view's stream: totals cannot keep it.
   */
  get(key: TotalKey, options?: ReadOptions): Promise<T | undefined>;
  /** The totals of one partition, in the order of the sort key: one query. Tokens as with `get`. */
  query(partition: string | number, options?: PageOptions & ReadOptions): Promise<Page<T>>;
}

/**
 * The aggregate view that an aggregate of this stream keeps.
 *
 * @param followed - the contract of the stream, or its name
 * @example
 * const totals = aggregateView<SalesOfDay>(sale);
 * const { items } = await totals.query('2010-12-01');
 */
export function aggregateView<T extends object>(followed: Followed, options: ViewOptions = {}): AggregateView<T> {
  const streamName = nameOf(followed);
  const access = viewAccess(options);
  return {
    get: async (key, { after } = {}) => {
      refuseToken(after, streamName, 'a total');
      const { client, table, partitionKey } = access().table;
      if (isControlKey(key[partitionKey])) return undefined;
      const { Item: item } = await client.send(new GetCommand({ TableName: table, Key: key }));
      return item as T | undefined;
    },
    query: async (partition, { after, ...page } = {}) => {
      refuseToken(after, streamName, 'a list of totals');
      const { table } = access();
      if (isControlKey(partition)) return { items: [] };
      const { partitionKey, sortKey } = table;
      const { items, ...end } = await readPage(table, { partitionKey, sortKey, value: partition }, page);
      return { items: items as T[], ...end };
    },
  };
}
