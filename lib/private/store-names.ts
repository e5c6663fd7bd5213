import { words } from './words';

/** `Products` is `PRODUCTS`, `OrderView` is `ORDER_VIEW`. */
export function storeName(id: string): string {
  return words(id).join('_').toUpperCase();
}

/** The environment variable that tells a handler about a store. */
export function storeVariable(store: { readonly storeName: string }): string {
  return `DBPATTERNS_STORE_${store.storeName}`;
}
