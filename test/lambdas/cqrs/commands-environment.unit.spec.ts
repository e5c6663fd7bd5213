import { describe, expect, it } from 'vitest';
import { resumeTimeout } from '../../../lambdas/cqrs/commands-environment.js';

describe('a command', () => {
  it.each([
    [29, 24_000],
    [20, 15_000],
    [10, 5_000],
    [3, 1_500],
    [600, 24_000],
  ])('with a time-out of %i s waits %i ms for a paused database', (timeout, wait) => {
    expect(resumeTimeout(timeout)).toBe(wait);
  });
});
