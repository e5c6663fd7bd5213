import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { cursorText, parseCursor } from './cursor.js';
import { overlaid, type Newest } from './overlay.js';
import { keyNames, partOf, readPage, type Item, type Listed, type Page, type PageOptions } from './page.js';
import { readItems } from './read-items.js';
import { nameOf, type Followed, type ReadOptions } from './read-options.js';
import { UsageError } from './usage-error.js';
import { ViewBehind } from './view-behind.js';
import { viewAccess, type ViewAccess, type ViewOptions } from './view-options.js';
import { isControlKey, PASSED, TOMBSTONE, VERSION } from './view-table.js';
import { waitingRead } from './waiting-read.js';
import { wantedOf } from './wanted.js';

/** Reads an entity view. */
export interface EntityView<T> {
  /**
   * The entity with this id, undefined where there is none or it was removed: one read. With a token the read is
   * strongly consistent and waits until the view has what the token asks for of this entity.
   *
   * @throws ViewBehind (409) if it has not got there within the wait limit.
   */
  get(id: string, options?: ReadOptions): Promise<T | undefined>;
  /**
   * The entities with this key in an index, in the order of its sort key: one query. An index follows the view a moment
   * later. With a token that speaks of this view's stream, the token's entities are read from the table too, strongly
   * consistent, and laid over the page: each is shown in its newest state, in the page where it belongs now, or not at
   * all. Such a page may be shorter or longer than its limit. Its cursor keeps the token, so that the pages that follow
   * need none, and take a newer one.
   *
   * @throws ViewBehind (409) if the view has not got there within the wait limit.
   * @throws Problem `invalid-limit`, `invalid-range`, `invalid-cursor`, `token-expired` or `token-too-large` (400).
   */
  list(index: string, key: string | number, options?: PageOptions & ReadOptions): Promise<Page<T>>;
}

/**
 * The entity view that a projection of this stream keeps.
 *
 * @param followed - the contract of the stream, or its name: a token names versions by stream
 * @example
 * const view = entityView<Product>(product);
 * const found = await view.get('85123A', { after });
 * const { items, cursor } = await view.list('by-category', 'lanterns', { limit: 20, from: 100, to: 199, after });
 */
export function entityView<T extends object>(followed: Followed, options: ViewOptions = {}): EntityView<T> {
  const streamName = nameOf(followed);
  const access = viewAccess(options);
  return {
    get: async (id, { after } = {}) => {
      if (id === '' || isControlKey(id)) return undefined;
      const item = await readEntity(access(), streamName, id, after?.version(`${streamName}/${id}`));
      return item === undefined || item[TOMBSTONE] !== undefined ? undefined : own<T>(item);
    },
    list: async (index, key, { after, cursor, ...asked } = {}) => {
      const view = access();
      const listed = listedIn(view, index, key);
      const terms = { names: keyNames(view.table, listed), partition: { [listed.partitionKey]: key }, now: view.now() };
      const before = cursor === undefined ? undefined : parseCursor(cursor, terms);
      const wanted = wantedOf(after, streamName, before);
      const part = partOf(listed, asked, before?.key);
      const found = await readPage(view.table, listed, part, await view.keys());
      const newest = await readNewest(view, streamName, wanted.versions);
      const seenBefore = before?.seen ?? new Map<string, number>();
      const { items, seen } = overlaid(view.table.partitionKey, listed, part, found, newest, seenBefore);
      const { expires } = wanted;
      const end = found.end === undefined ? {} : { cursor: cursorText({ key: found.end, seen, expires }) };
      return { items: items.map((item) => own<T>(item)), ...end };
    },
  };
}

function listedIn({ table }: ViewAccess, index: string, value: string | number): Listed {
  const found = table.indexes.find(({ name }) => name === index);
  if (found === undefined) {
    const known = table.indexes.map(({ name }) => name).join(', ');
    throw new UsageError('unknown-index', `the view has no index '${index}': it has ${known === '' ? 'none' : known}`);
  }
  return { index, partitionKey: found.partitionKey, sortKey: found.sortKey, value };
}

function readEntity(
  view: ViewAccess,
  streamName: string,
  id: string,
  wanted: number | undefined,
): Promise<Item | undefined> {
  const { client, table, partitionKey } = view.table;
  return waitingRead(view, async () => {
    const keys = await view.keys();
    const Key = keys.encodeItem({ [partitionKey]: id });
    const answer = await client.send(new GetCommand({ TableName: table, Key, ConsistentRead: wanted !== undefined }));
    const applied = Number(answer.Item?.[VERSION] ?? 0);
    if (wanted !== undefined && applied < wanted) return new ViewBehind(`${streamName}/${id}`, wanted, applied);
    return answer.Item === undefined ? undefined : keys.decodeItem(answer.Item);
  });
}

/** What the table holds of these entities, once it holds what is wanted of each: one BatchGet per round. */
async function readNewest(
  view: ViewAccess,
  streamName: string,
  versions: ReadonlyMap<string, number>,
): Promise<Map<string, Newest>> {
  const newest = new Map<string, Newest>();
  let behind = [...versions].filter(([id]) => !isControlKey(id));
  if (behind.length === 0) return newest;
  return waitingRead(view, async () => {
    const keys = await view.keys();
    const wantedKeys = behind.map(([id]) => keys.encodeItem({ [view.table.partitionKey]: id }));
    const items = await readItems(view.table, wantedKeys, view);
    for (const [place, [id]] of behind.entries()) newest.set(id, newestOf(items[place], keys));
    behind = behind.filter(([id, wanted]) => (newest.get(id)?.version ?? 0) < wanted);
    const [first] = behind;
    if (first === undefined) return newest;
    const [id, wanted] = first;
    return new ViewBehind(`${streamName}/${id}`, wanted, newest.get(id)?.version ?? 0);
  });
}

function newestOf(item: Item | undefined, keys: { decodeItem(item: Item): Item }): Newest {
  if (item === undefined) return { version: 0 };
  const version = Number(item[VERSION] ?? 0);
  return item[TOMBSTONE] === undefined ? { version, item: keys.decodeItem(item) } : { version };
}

/** The item without what the kit keeps in it. */
function own<T>(item: Item): T {
  return Object.fromEntries(Object.entries(item).filter(([name]) => name !== VERSION && name !== PASSED)) as T;
}
