import type { Table } from './table.js';
import type { Item } from './values.js';

/** A change that is ready to be made, if nothing is wrong with it. */
export interface Write {
  readonly table: Table;
  readonly key: Item;
  /** Why it cannot be made, with the item that is there instead where that was asked for. */
  readonly refusal: { readonly code: string; readonly item?: Item } | undefined;
  readonly after: () => Item | undefined;
  /** A check changes nothing. */
  readonly isCheck?: boolean;
}
