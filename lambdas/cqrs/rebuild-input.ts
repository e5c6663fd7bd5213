import type { RebuildInput } from './rebuild.js';
import { RebuildError } from './rebuild-error.js';

const MOST_SEGMENTS = 64;
/** An execution lives for a year; a longer wait than about three is refused when readers have moved already. */
const LONGEST = 300 * 86_400;

/** @throws RebuildError if a rebuild cannot be started with it. */
export function checkInput(input: RebuildInput): void {
  const check = (
    field: 'rate' | 'settle' | 'keep' | 'segments',
    allowed: string,
    allows: (n: number) => boolean,
  ): void => {
    const value: unknown = input[field];
    if (value === undefined || (typeof value === 'number' && allows(value))) return;
    throw new RebuildError('invalid-input', `${field} is ${JSON.stringify(value)}; allowed: ${allowed}`);
  };
  const span = `seconds from 0 to ${LONGEST}, which are 300 days`;
  const isSpan = (seconds: number): boolean => seconds >= 0 && seconds <= LONGEST;
  check('rate', 'commits a second, above 0', (rate) => rate > 0 && rate < Infinity);
  check('settle', span, isSpan);
  check('keep', span, isSpan);
  check(
    'segments',
    `a whole number from 1 to ${MOST_SEGMENTS}`,
    (count) => Number.isInteger(count) && count >= 1 && count <= MOST_SEGMENTS,
  );
}
