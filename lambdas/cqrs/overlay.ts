import type { Item, Listed, Part } from './page.js';
import { isWithin, orderOf } from './sort-order.js';
import { VERSION } from './view-table.js';

/** What the table holds of an entity: up to which version, and its item unless it is gone. */
export interface Newest {
  readonly version: number;
  readonly item?: Item;
}

/** A page of an index as it was found. */
export interface IndexPage {
  readonly items: readonly Item[];
  /** The key at which it ended before the end of the list. */
  readonly end?: Item;
}

/** The page with the entities of a token in their newest state. */
export interface OverlaidPage {
  readonly items: readonly Item[];
  /** Per entity of the token the version that was looked at. */
  readonly seen: ReadonlyMap<string, number>;
}

/**
 * Lays what a strongly consistent read found over a page of an index, which may be behind it. Of each entity the higher
 * version counts: what the index has of it is taken out, and its newest state is put where its sort key belongs, if this
 * is the page whose range covers it.
 *
 * A page covers the sort keys after the one at which the page before ended, up to the one at which it ends itself. Which
 * of several items with the same sort key come first is DynamoDB's secret, so an entity at the very sort key where a page
 * ends counts as covered by that page. It comes once more only if it has changed since, which the versions that the
 * cursor remembers tell. Where an index has no sort key, all its items are such equals.
 *
 * @param partitionKey - of the table
 * @param newest - what the table holds of each entity of the token
 * @param seen - the versions that earlier pages have shown
 */
export function overlaid(
  partitionKey: string,
  listed: Listed,
  part: Part,
  page: IndexPage,
  newest: ReadonlyMap<string, Newest>,
  seen: ReadonlyMap<string, number>,
): OverlaidPage {
  const list = { sortKey: listed.sortKey, ...part };
  const order = orderOf(list);
  const newer = new Map<string, number>();
  const items = page.items.filter((item) => {
    const id = String(item[partitionKey]);
    const entity = newest.get(id);
    const version = Number(item[VERSION] ?? 0);
    if (entity === undefined) return true;
    if (version <= entity.version) return false;
    newer.set(id, version);
    return true;
  });
  for (const [id, { version, item }] of newest) {
    if (item === undefined || newer.has(id)) continue;
    if (item[listed.partitionKey] !== listed.value || !isWithin(item, list)) continue;
    if (part.start !== undefined) {
      const behindStart = order(item, part.start);
      if (behindStart < 0 || (behindStart === 0 && seen.get(id) === version)) continue;
    }
    if (page.end !== undefined && order(item, page.end) > 0) continue;
    const next = items.findIndex((other) => order(other, item) > 0);
    items.splice(next < 0 ? items.length : next, 0, item);
  }
  return { items, seen: new Map([...newest].map(([id, { version }]) => [id, newer.get(id) ?? version])) };
}
