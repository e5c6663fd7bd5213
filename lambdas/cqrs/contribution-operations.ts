import type { ContributionOperation, Measures, TotalKey } from './contributions.js';

/**
 * From now on this stream contributes exactly this to that total; what it contributed to it before no longer counts.
 * An empty object takes the contribution out.
 *
 * @example
 * SaleRegistered: ({ data }) => contribute({ day: data.day, country: data.country }, { sales: 1, revenue: data.pence }),
 */
export function contribute(key: TotalKey, measures: Measures): ContributionOperation {
  return { operation: 'contribute', key, measures };
}

/**
 * This stream contributes this much more to that total.
 *
 * @example
 * UnitsReturned: ({ data }) => add({ day: data.day, country: data.country }, { returns: 1, refunds: data.pence }),
 */
export function add(key: TotalKey, measures: Measures): ContributionOperation {
  return { operation: 'add', key, measures };
}

/**
 * Nothing that this stream contributed counts any more, to no total.
 *
 * @example
 * SaleVoided: () => withdraw(),
 */
export function withdraw(): ContributionOperation {
  return { operation: 'withdraw' };
}
