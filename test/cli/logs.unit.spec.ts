import { describe, expect, it } from 'vitest';
import { unseen } from '../../cli/local/logs.js';

const event = (message: string, timestamp: number, eventId?: string) => ({
  logStreamName: 'one',
  message,
  timestamp,
  ...(eventId === undefined ? {} : { eventId }),
});

describe('what was logged since the last look', () => {
  it('is every line once, also where the lines have no ids', () => {
    const fresh = unseen();
    const first = [event('a', 1), event('b', 2)];
    expect(fresh('group', first)).toEqual(first);
    expect(fresh('group', [...first, event('c', 2)])).toEqual([event('c', 2)]);
    expect(fresh('group', first)).toEqual([]);
  });

  it('is each of two lines that are alike, and of two groups', () => {
    const fresh = unseen();
    expect(fresh('group', [event('a', 1), event('a', 1)])).toHaveLength(2);
    expect(fresh('group', [event('a', 1), event('a', 1), event('a', 1)])).toHaveLength(1);
    expect(fresh('other', [event('a', 1)])).toHaveLength(1);
  });

  it('is told by ids where there are some', () => {
    const fresh = unseen();
    expect(fresh('group', [event('a', 1, 'x'), event('a', 1, 'y'), event('a', 1, 'x')])).toHaveLength(2);
    expect(fresh('group', [event('a', 1, 'y')])).toEqual([]);
  });
});
