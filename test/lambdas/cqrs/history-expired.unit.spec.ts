import { describe, expect, it } from 'vitest';
import { HistoryExpiredError } from '../../../lambdas/cqrs/history-expired.js';
import { causeOf } from '../../../lambdas/cqrs/parking-cause.js';

describe('that history does not go back as far', () => {
  it.each(['product/85123A', 'product/of "}: versions before 3 }', 'product/two\nlines'])(
    'crosses a service by its name and message: %j',
    (stream) => {
      const { name, message } = new HistoryExpiredError(stream, 7);
      expect(HistoryExpiredError.of(name, message)).toMatchObject({ stream, oldest: 7, message });
    },
  );

  it.each([
    ['Error', new HistoryExpiredError('product/1', 7).message],
    ['HistoryExpiredError', 'history-expired: product/1 hangs'],
    ['HistoryExpiredError', 'history-expired {"stream":"product/1"}: what is this'],
    ['HistoryExpiredError', 'history-expired {"stream":7,"oldest"}: what is this'],
    ['HistoryExpiredError', 'history-expired {"stream":"product/1","oldest":0.5}: what is this'],
  ])('is told from anything else: %s, %s', (name, message) => {
    expect(HistoryExpiredError.of(name, message)).toBeUndefined();
  });

  it('is true of what was cleaned up and of a hole in what was imported, and says once what it is', () => {
    const cause = causeOf(new HistoryExpiredError('product/1', 7));
    expect(cause).toBe(
      'history-expired {"stream":"product/1","oldest":7}: versions right before the oldest that is left were cleaned up, ' +
        'or never imported; keep history for longer, import them from an archive, or discard them',
    );
  });

  it('is the cause of a mark as any other error: its code and its message', () => {
    expect(causeOf(Object.assign(new Error('of old'), { code: 'history' }))).toBe('history: of old');
    expect(causeOf(new TypeError('odd'))).toBe('TypeError: odd');
  });
});
