/** Where two values differ, one line per place: `browse.85123A.price: 255, expected 295`. */
export function differences(name: string, actual: unknown, expected: unknown): string[] {
  if (isObject(actual) && isObject(expected)) {
    return [...new Set([...Object.keys(actual), ...Object.keys(expected)])].flatMap((key) =>
      differences(`${name}.${key}`, actual[key], expected[key]),
    );
  }
  return Object.is(actual, expected)
    ? []
    : [`${name}: ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
