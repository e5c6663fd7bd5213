/** `Products` is `PRODUCTS`, `OrderView` is `ORDER_VIEW`; the Lambda library turns names into the same. */
export function storeName(id: string): string {
  return id
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toUpperCase();
}

/** The environment variable that tells a handler about a store. */
export function storeVariable(store: { readonly storeName: string }): string {
  return `DBPATTERNS_STORE_${store.storeName}`;
}
