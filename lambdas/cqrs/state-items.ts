/** State that a command cannot read from its own stream's events: an item beside the commits, in a partition of its own. */
export interface StateItem<Data = unknown> {
  readonly partition: string;
  /** Its key inside of the partition, by which a query orders. */
  readonly key: string;
  readonly data: Data;
  /** Counts its changes, from 1. A change succeeds only if nobody else's came first. */
  readonly revision: number;
}

/** What a query of a partition asks for. */
export interface StateRange {
  /** The first key, included. */
  readonly from?: string;
  /** The last key, included. */
  readonly to?: string;
  /** Default: false, the smallest key first. */
  readonly descending?: boolean;
  /** Default: all. */
  readonly limit?: number;
}

/** Reads state, consistently. What is only read may have changed when the commit is stored; what is written has not. */
export interface StateReader {
  get<Data = unknown>(partition: string, key: string): Promise<StateItem<Data> | undefined>;
  query<Data = unknown>(partition: string, range?: StateRange): Promise<readonly StateItem<Data>[]>;
}

/** A change of state, stored with the commit or not at all. Made by `newState` and `changedState`. */
export interface StateWrite extends StateItem {
  /** The revision that the item has now; undefined if there must be none. */
  readonly replaces: number | undefined;
}

/**
 * An item that must not be there yet. If it is, the handler runs again.
 *
 * @param data - must survive JSON
 * @example
 * return { state: [newState(`customer#${data.customer}`, id, lots)], events: SaleRegistered(data) };
 */
export function newState(partition: string, key: string, data: unknown): StateWrite {
  return { partition, key, data, revision: 1, replaces: undefined };
}

/**
 * An item with new data. If another command has changed it since it was read, the handler runs again.
 *
 * @param item - as `state.get` or `state.query` gave it
 * @example
 * const items = await state.query<Lots>(`customer#${data.customer}`);
 * return { state: items.map((item) => changedState(item, without(item.data, data.lines))), events };
 */
export function changedState<Data>(item: StateItem<Data>, data: Data): StateWrite {
  const { partition, key, revision } = item;
  return { partition, key, data, revision: revision + 1, replaces: revision };
}
