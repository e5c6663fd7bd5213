/** The milliseconds for which a call of a function begins with something new: what is left is for what it has begun. */
export function budgetOf(functionTimeout: number): number {
  const timeout = functionTimeout * 1000;
  return Math.max(timeout / 2, timeout - 15_000);
}
