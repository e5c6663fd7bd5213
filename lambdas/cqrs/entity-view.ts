import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { readPage, type Page, type PageOptions } from './page.js';
import { nameOf, refuseToken, type Followed, type ReadOptions } from './read-options.js';
import { ViewBehind } from './view-behind.js';
import { viewAccess, type ViewAccess, type ViewOptions } from './view-options.js';
import { isControlKey, TOMBSTONE, VERSION } from './view-table.js';

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
   * later.
   *
   * @throws Problem `token-unsupported` (400) if a token speaks of this view's stream: a list cannot keep it.
   */
  list(index: string, key: string | number, options?: PageOptions & ReadOptions): Promise<Page<T>>;
}

type Item = Readonly<Record<string, unknown>>;

const FIRST_PAUSE = 10;
const LONGEST_PAUSE = 160;

/**
 * The entity view that a projection of this stream keeps.
 *
 * @param followed - the contract of the stream, or its name: a token names versions by stream
 * @example
 * const view = entityView<Product>(product);
 * const found = await view.get('85123A', { after });
 * const { items, cursor } = await view.list('by-category', 'lanterns', { limit: 20, from: 100, to: 199 });
 */
export function entityView<T extends object>(followed: Followed, options: ViewOptions = {}): EntityView<T> {
  const streamName = nameOf(followed);
  const access = viewAccess(options);
  return {
    get: async (id, { after } = {}) => {
      const stream = `${streamName}/${id}`;
      const item = await read(access(), id, stream, after?.version(stream));
      return item === undefined || item[TOMBSTONE] !== undefined ? undefined : own<T>(item);
    },
    list: async (index, key, { after, ...page } = {}) => {
      refuseToken(after, streamName, 'a list');
      const { table } = access();
      const found = table.indexes.find(({ name }) => name === index);
      if (found === undefined) {
        const known = table.indexes.map(({ name }) => name).join(', ');
        throw new TypeError(`the view has no index '${index}': it has ${known === '' ? 'none' : known}`);
      }
      const { name, partitionKey, sortKey } = found;
      const { items, ...end } = await readPage(table, { index: name, partitionKey, sortKey, value: key }, page);
      return { items: items.map((item) => own<T>(item)), ...end };
    },
  };
}

async function read(
  { table: { client, table, partitionKey }, waitLimit, now, sleep }: ViewAccess,
  id: string,
  stream: string,
  wanted: number | undefined,
): Promise<Item | undefined> {
  if (id === '' || isControlKey(id)) return undefined;
  const deadline = now().getTime() + waitLimit;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    const { Item: item } = await client.send(
      new GetCommand({ TableName: table, Key: { [partitionKey]: id }, ConsistentRead: wanted !== undefined }),
    );
    const applied = Number(item?.[VERSION] ?? 0);
    if (wanted === undefined || applied >= wanted) return item;
    const left = deadline - now().getTime();
    if (left <= 0) throw new ViewBehind(stream, wanted, applied);
    await sleep(Math.min(pause, left));
  }
}

/** The item without what the kit keeps in it. */
function own<T>(item: Item): T {
  return Object.fromEntries(Object.entries(item).filter(([name]) => name !== VERSION)) as T;
}
