/** Whether two patterns with `*` and `?` have a text in common. */
export function meet(a: string, b: string): boolean {
  let same = 0;
  while (same < a.length && a[same] === b[same] && a[same] !== '*') {
    same += 1;
  }
  // Most differ before the first wildcard.
  if (!isWild(a[same]) && !isWild(b[same])) {
    return a.length === same && b.length === same;
  }
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
  return from(same, same);
}

function isWild(character: string | undefined): boolean {
  return character === '*' || character === '?';
}

/**
 * Whether two patterns of ARNs have one in common. A wildcard stays within its part, but for the last; who leaves parts out
 * behind a wildcard means all.
 */
export function meetArn(a: string, b: string): boolean {
  const [left, right] = [partsOf(a), partsOf(b)];
  return left.every((part, index) => meet(part, right[index] ?? '*'));
}

function partsOf(arn: string): string[] {
  const parts = arn.split(':');
  const head = parts.slice(0, 5);
  while (head.length < 5 && arn.endsWith('*')) {
    head.push('*');
  }
  return [...head, parts.length > 5 ? parts.slice(5).join(':') : '*'];
}
