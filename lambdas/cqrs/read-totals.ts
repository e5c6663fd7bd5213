import { TransactGetCommand } from '@aws-sdk/lib-dynamodb';
import { retrying } from '../stores/index.js';
import { isContended } from './cancellation.js';
import { totalId, type Contribution, type TotalKey } from './contributions.js';
import { readPage, type Item, type Listed, type Part } from './page.js';
import { Problem } from './problem.js';
import { isKeyValue, isWithin, orderOf } from './sort-order.js';
import { ViewBehind } from './view-behind.js';
import type { ViewAccess } from './view-options.js';
import { controlKey, CONTRIBUTIONS, TOTAL, VERSION } from './view-table.js';
import { waitingRead } from './waiting-read.js';

/** DynamoDB reads at most 100 items in a transaction. */
const TRANSACTION = 100;

/** What a token's entities must have contributed: per entity the version. */
export interface Contributors {
  readonly streamName: string;
  readonly versions: ReadonlyMap<string, number>;
}

/** Totals and what the token's entities have contributed to any, at one instant. */
export interface Snapshot {
  /** In the order of the keys; undefined: nothing was ever contributed. */
  readonly totals: readonly (Item | undefined)[];
  /** All totals to which the entities contribute. */
  readonly contributedTo: readonly TotalKey[];
  /** Per entity the version that is in the totals. */
  readonly seen: ReadonlyMap<string, number>;
}

/**
 * Reads totals and the contributions of a token's entities in one transaction, until the view has got to the token. What
 * a contribution says and the totals that it moves change in one transaction too, so that totals which are read together
 * with a contribution hold it.
 *
 * @throws ViewBehind (409), or Problem `store-unavailable` (503) where others write the same totals all the time.
 */
export async function readTotals(
  view: ViewAccess,
  { streamName, versions }: Contributors,
  keys: readonly TotalKey[],
): Promise<Snapshot> {
  const { table } = view;
  const wanted = [...versions].map(([id, version]) => ({ id, stream: `${streamName}/${id}`, version }));
  return waitingRead(view, async () => {
    const own = await view.keys();
    const items = await readTogether(view, [
      ...wanted.map(({ stream }) => controlKey(table, 'contribution', stream, own.generation)),
      ...keys.map((key) => own.encodeItem(key)),
    ]);
    const contributions = items.slice(0, wanted.length);
    const seen = new Map(wanted.map(({ id }, place) => [id, Number(contributions[place]?.[VERSION] ?? 0)]));
    const behind = wanted.find(({ id, version }) => (seen.get(id) ?? 0) < version);
    if (behind !== undefined) return new ViewBehind(behind.stream, behind.version, seen.get(behind.id) ?? 0);
    return {
      totals: items
        .slice(wanted.length)
        .map((item) => (item === undefined ? undefined : totalIn(own.decodeItem(item)))),
      contributedTo: contributions.flatMap((item) => keysOf(item)),
      seen,
    };
  });
}

/**
 * A page of the totals of one partition, as of an instant at which the token's entities are in it. The Query that finds
 * the page may be behind: all totals that it names are read anew, since the entities may have moved away from any of
 * them, and so are those to which they contribute in the range of the page and which it does not know yet.
 */
export async function readTotalsPage(
  view: ViewAccess,
  contributors: Contributors,
  listed: Listed,
  part: Part,
): Promise<{ readonly items: readonly Item[]; readonly end?: Item; readonly seen: ReadonlyMap<string, number> }> {
  const room = TRANSACTION - contributors.versions.size;
  const page = await readPage(view.table, listed, { ...part, limit: Math.min(part.limit, room) }, await view.keys());
  let keys = page.items.map((item) => keyOf(listed, item));
  let { end } = page;
  for (;;) {
    const { totals, contributedTo, seen } = await readTotals(view, contributors, keys);
    const known = new Set(keys.map(totalId));
    const missing = contributedTo.filter((key) => !known.has(totalId(key)) && isCovered(key, listed, part, end));
    if (missing.length === 0) return { items: totals.filter((item) => item !== undefined), end, seen };
    keys = [...keys, ...unique(missing)].sort(orderOf({ sortKey: listed.sortKey, ...part }));
    if (keys.length <= room) continue;
    keys = keys.slice(0, room);
    end = keys.at(-1);
  }
}

/** One TransactGetItems. It is refused while others write one of the items, which for a busy total is often. */
async function readTogether(view: ViewAccess, keys: readonly Item[]): Promise<(Item | undefined)[]> {
  const { client, table } = view.table;
  const gets = keys.map((key) => ({ Get: { TableName: table, Key: key } }));
  try {
    const answer = await retrying(() => client.send(new TransactGetCommand({ TransactItems: gets })), {
      when: isContended,
      within: view.waitLimit,
      base: 20,
      cap: 200,
      now: view.now,
      random: view.random,
      sleep: view.sleep,
    });
    return keys.map((_, place) => answer.Responses?.[place]?.Item);
  } catch (cause) {
    if (!isContended(cause)) throw cause;
    throw new Problem('store-unavailable', 503, 'others kept writing these totals: ask again', { cause });
  }
}

/** The total without what the kit keeps in it. */
export function totalIn({ [TOTAL]: _, ...total }: Item): Item {
  return total;
}

function keysOf(contribution: Item | undefined): TotalKey[] {
  return ((contribution?.[CONTRIBUTIONS] ?? []) as Contribution[]).map(({ key }) => key);
}

function keyOf({ partitionKey, sortKey, value }: Listed, item: Item): TotalKey {
  const sort = sortKey === undefined ? undefined : item[sortKey];
  return { [partitionKey]: value, ...(sortKey !== undefined && isKeyValue(sort) ? { [sortKey]: sort } : {}) };
}

function unique(keys: readonly TotalKey[]): TotalKey[] {
  return [...new Map(keys.map((key) => [totalId(key), key])).values()];
}

/** Whether the total lies in the part of the list that this page covers: after its start, and up to its end. */
function isCovered(
  key: TotalKey,
  { partitionKey, sortKey, value }: Listed,
  part: Part,
  end: Item | undefined,
): boolean {
  const list = { sortKey, ...part };
  if (key[partitionKey] !== value || !isWithin(key, list)) return false;
  const order = orderOf(list);
  return (part.start === undefined || order(key, part.start) > 0) && (end === undefined || order(key, end) <= 0);
}
