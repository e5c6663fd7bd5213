import type { RebuildInput } from './rebuild.js';
import { RebuildError } from './rebuild-error.js';

const MOST_SEGMENTS = 64;
/** An execution lives for a year; a longer wait than about three is refused when readers have moved already. */
const LONGEST = 300 * 86_400;

/** @throws RebuildError if a rebuild cannot be started with it. */
export function checkInput({ rate, settle, keep, segments }: RebuildInput): void {
  const wrong = (field: string, allowed: string): RebuildError =>
    new RebuildError('invalid-input', `${field} must be ${allowed}`);
  if (rate !== undefined && !(Number.isFinite(rate) && rate > 0)) throw wrong('rate', 'commits a second, above 0');
  if (!isSpan(settle)) throw wrong('settle', `seconds from 0 to ${LONGEST}, which are 300 days`);
  if (!isSpan(keep)) throw wrong('keep', `seconds from 0 to ${LONGEST}, which are 300 days`);
  const count = segments ?? 1;
  if (!Number.isInteger(count) || count < 1 || count > MOST_SEGMENTS) {
    throw wrong('segments', `a whole number from 1 to ${MOST_SEGMENTS}`);
  }
}

function isSpan(seconds: number | undefined): boolean {
  return seconds === undefined || (seconds >= 0 && seconds <= LONGEST);
}
