/**
 * How deep values from outside may be nested: lists and objects in each other. What walks through a value calls itself for
 * each level, and a body of 256 KB has room for more of them than the stack has.
 */
export const DEPTH_LIMIT = 32;

/** Whether a value of JSON is nested deeper than allowed. Looks no deeper than that. */
export function isDeep(value: unknown, limit = DEPTH_LIMIT): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    (limit === 0 || Object.values(value).some((each) => isDeep(each, limit - 1)))
  );
}
