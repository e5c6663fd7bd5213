import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { TotalKey } from './contributions.js';
import { cursorText, parseCursor } from './cursor.js';
import { keyNames, partOf, readPage, type Page, type PageOptions } from './page.js';
import { nameOf, type Followed, type ReadOptions } from './read-options.js';
import { readTotals, readTotalsPage, totalIn } from './read-totals.js';
import { viewAccess, type ViewOptions } from './view-options.js';
import { isControlKey } from './view-table.js';
import { wantedOf } from './wanted.js';

/** Reads an aggregate view. */
export interface AggregateView<T> {
  /**
   * The total with this key, undefined where nothing was ever contributed to it: one read. With a token that speaks of
   * this view's stream, the total and what the token's entities have contributed are read in one transaction, and the
   * read waits until they are in it.
   *
   * @throws ViewBehind (409) if they are not within the wait limit.
   */
  get(key: TotalKey, options?: ReadOptions): Promise<T | undefined>;
  /**
   * The totals of one partition, in the order of the sort key: one query. With a token that speaks of this view's stream,
   * the totals of the page and what the token's entities have contributed are read in one transaction on top; such a page
   * has at most 100 totals, less one for each of the token's entities. Its cursor keeps the token, so that the pages that
   * follow need none, and take a newer one.
   *
   * @throws ViewBehind (409) if the view has not got there within the wait limit.
   * @throws Problem `invalid-limit`, `invalid-range`, `invalid-cursor`, `token-expired` or `token-too-large` (400).
   */
  query(partition: string | number, options?: PageOptions & ReadOptions): Promise<Page<T>>;
}

/**
 * The aggregate view that an aggregate of this stream keeps.
 *
 * @param followed - the contract of the stream, or its name
 * @example
 * const totals = aggregateView<SalesOfDay>(sale);
 * const { items } = await totals.query('2010-12-01', { after });
 */
export function aggregateView<T extends object>(followed: Followed, options: ViewOptions = {}): AggregateView<T> {
  const streamName = nameOf(followed);
  const access = viewAccess(options);
  return {
    get: async (key, { after } = {}) => {
      const view = access();
      const { client, table, partitionKey } = view.table;
      if (isControlKey(key[partitionKey])) return undefined;
      const { versions } = wantedOf(after, streamName);
      if (versions.size > 0) {
        const { totals } = await readTotals(view, { streamName, versions }, [key]);
        return totals[0] as T | undefined;
      }
      const keys = await view.keys();
      const { Item: item } = await client.send(new GetCommand({ TableName: table, Key: keys.encodeItem(key) }));
      return (item === undefined ? undefined : totalIn(keys.decodeItem(item))) as T | undefined;
    },
    query: async (partition, { after, cursor, ...asked } = {}) => {
      const view = access();
      if (isControlKey(partition)) return { items: [] };
      const { partitionKey, sortKey } = view.table;
      const listed = { partitionKey, sortKey, value: partition };
      const terms = { names: keyNames(view.table, listed), partition: { [partitionKey]: partition }, now: view.now() };
      const before = cursor === undefined ? undefined : parseCursor(cursor, terms);
      const { versions, expires } = wantedOf(after, streamName, before);
      const part = partOf(listed, asked, before?.key);
      if (versions.size === 0) {
        const { items, end } = await readPage(view.table, listed, part, await view.keys());
        return {
          items: items.map(totalIn) as T[],
          ...(end === undefined ? {} : { cursor: cursorText({ key: end, seen: versions }) }),
        };
      }
      const { items, end, seen } = await readTotalsPage(view, { streamName, versions }, listed, part);
      return { items: items as T[], ...(end === undefined ? {} : { cursor: cursorText({ key: end, seen, expires }) }) };
    },
  };
}
