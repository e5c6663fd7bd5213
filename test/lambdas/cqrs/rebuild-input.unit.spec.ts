import { describe, expect, it } from 'vitest';
import { checkInput } from '../../../lambdas/cqrs/rebuild-input.js';

describe('what a rebuild is started with', () => {
  it.each([
    [{ rate: 0 }, 'rate is 0; allowed: commits a second, above 0'],
    [{ rate: '5' }, 'rate is "5"; allowed: commits a second, above 0'],
    [{ segments: 0 }, 'segments is 0; allowed: a whole number from 1 to 64'],
    [{ segments: 65 }, 'segments is 65; allowed: a whole number from 1 to 64'],
    [{ segments: 1.5 }, 'segments is 1.5; allowed: a whole number from 1 to 64'],
    [{ keep: -1 }, 'keep is -1; allowed: seconds from 0 to 25920000, which are 300 days'],
    [{ keep: 25_920_001 }, 'keep is 25920001; allowed: seconds from 0 to 25920000, which are 300 days'],
    [{ settle: null }, 'settle is null; allowed: seconds from 0 to 25920000, which are 300 days'],
  ])('is refused where it is not allowed: %j', (input, message) => {
    // As an execution is started with any JSON.
    const given: object = input;
    expect(() => checkInput(given)).toThrow(
      expect.objectContaining({ name: 'RebuildError', code: 'invalid-input', message }),
    );
  });

  it.each([{}, { rate: 0.5, settle: 0, keep: 25_920_000, segments: 64 }])(
    'is as it is said, or left out: %j',
    (input) => {
      expect(() => checkInput(input)).not.toThrow();
    },
  );
});
