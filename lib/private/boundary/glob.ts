/** Whether two patterns with `*` and `?` have a text in common. */
export function meet(a: string, b: string): boolean {
  const tried = new Set<number>();
  const from = (i: number, j: number): boolean => {
    const key = i * (b.length + 1) + j;
    if (tried.has(key)) {
      return false;
    }
    tried.add(key);
    if (i === a.length && j === b.length) {
      return true;
    }
    if (a[i] === '*') {
      return from(i + 1, j) || (j < b.length && from(i, j + 1));
    }
    if (b[j] === '*') {
      return from(i, j + 1) || (i < a.length && from(i + 1, j));
    }
    if (i === a.length || j === b.length) {
      return false;
    }
    return (a[i] === b[j] || a[i] === '?' || b[j] === '?') && from(i + 1, j + 1);
  };
  return from(0, 0);
}
