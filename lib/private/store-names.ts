/** `Products` is `PRODUCTS`, `OrderView` is `ORDER_VIEW`; the Lambda library turns names into the same. */
export function storeName(id: string): string {
  return id
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toUpperCase();
}

/** What a service offers to functions of others. */
export type OfferKind = 'operation' | 'commands' | 'queries';

/**
 * The environment variable that tells a caller about an offer; the Lambda library has the same. Two underscores, which
 * no name has within, say where the service's ends: `order-desk/Find` is not `order/DeskFind`.
 */
export function offerVariable(kind: OfferKind, serviceName: string, name: string): string {
  return `DBPATTERNS_${kind.toUpperCase()}_${storeName(serviceName)}__${storeName(name)}`;
}

/** The environment variable that tells a handler about a store. */
export function storeVariable(store: { readonly storeName: string }): string {
  return `DBPATTERNS_STORE_${store.storeName}`;
}
