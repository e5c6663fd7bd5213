/** One text for the same content, whatever the order of members; what is undefined is not there. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** Whether two values have the same content. */
export function same(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

/** The members of a list by a key, each group in the order of the list. */
export function grouped<T>(list: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of list) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

/** `85123A` of `product/85123A`. */
export function idOf(stream: string): string {
  return stream.slice(stream.indexOf('/') + 1);
}

/** `product` of `product/85123A`. */
export function nameOf(stream: string): string {
  return stream.slice(0, stream.indexOf('/'));
}
