import type { RebuildInput } from './rebuild.js';
import { RebuildError } from './rebuild-error.js';

const MOST_SEGMENTS = 64;

/** @throws RebuildError if a rebuild cannot be started with it. */
export function checkInput({ rate, settle, keep, segments }: RebuildInput): void {
  const wrong = (field: string, allowed: string): RebuildError =>
    new RebuildError('invalid-input', `${field} must be ${allowed}`);
  if (rate !== undefined && !(Number.isFinite(rate) && rate > 0)) throw wrong('rate', 'commits a second, above 0');
  if (settle !== undefined && !(Number.isFinite(settle) && settle >= 0)) throw wrong('settle', 'seconds from 0');
  if (keep !== undefined && !(Number.isFinite(keep) && keep >= 0)) throw wrong('keep', 'seconds from 0');
  const count = segments ?? 1;
  if (!Number.isInteger(count) || count < 1 || count > MOST_SEGMENTS) {
    throw wrong('segments', `a whole number from 1 to ${MOST_SEGMENTS}`);
  }
}
