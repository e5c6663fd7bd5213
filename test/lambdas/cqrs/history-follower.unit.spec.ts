import { beforeEach, describe, expect, it } from 'vitest';
import type { Envelope } from '../../../lambdas/cqrs/index.js';
import { HistoryExpiredError } from '../../../lambdas/cqrs/history-expired.js';
import { HistoryFollower } from '../../../lambdas/cqrs/history-follower.js';
import type { ParkingMark } from '../../../lambdas/cqrs/view-store.js';

const STREAM = 'product/1';

const commit = (version: number): Envelope => ({
  specversion: '1.0',
  id: `${STREAM}@${version}`,
  source: 'shop',
  type: 'product',
  subject: STREAM,
  time: '2010-12-01T08:26:00.000Z',
  datacontenttype: 'application/json',
  format: 1,
  version,
  correlationid: 'correlation',
  causationid: 'command',
  data: { events: [{ type: 'Noted', v: 1, data: {} }] },
});

let applied: number;
let mark: ParkingMark | undefined;
let end: number;
let oldest: number;
/** How many commits each write took. */
let sizes: number[];

beforeEach(() => {
  applied = 2;
  mark = undefined;
  end = 3;
  oldest = 1;
  sizes = [];
});

const follower = new HistoryFollower({
  log: () => undefined,
  writer: {
    applied: () => Promise.resolve(applied),
    advance: ([work]) => {
      sizes.push(work?.commits.length ?? 0);
      applied = Math.max(applied, ...(work?.commits ?? []).map(({ version }) => version));
      return Promise.resolve(new Map([[STREAM, { state: 'current', applied }]]));
    },
  },
  parking: {
    mark: () => Promise.resolve(mark),
    park: (stream, at, { message: cause }) => {
      mark = { stream, version: at + 1, cause, at: '2010-12-01T08:26:00.000Z' };
      return Promise.resolve(true);
    },
    clear: () => {
      mark = undefined;
      return Promise.resolve();
    },
    list: () => Promise.resolve({ marks: [] }),
    count: () => Promise.resolve(0),
  },
  history: (_, from) => {
    if (from < oldest) return Promise.reject(new HistoryExpiredError(STREAM, oldest));
    const commits = Array.from({ length: Math.max(0, end - from + 1) }, (__, n) => commit(from + n));
    return Promise.resolve({ commits, more: false });
  },
});

describe('a suspect that is traced', () => {
  it('has its message come again where history does not go as far as what the message holds', async () => {
    await expect(follower.retrace(STREAM, 4)).rejects.toMatchObject({ code: 'history-unavailable' });
    expect(applied).toBe(3);
    end = 4;
    expect(await follower.retrace(STREAM, 4)).toBe(false);
    expect({ applied, mark }).toEqual({ applied: 4, mark: undefined });
  });
});

describe('a stream of which much was lost', () => {
  it('passes that a thousand versions at a time when it is discarded, so that no list is as long as what was lost', async () => {
    [oldest, end] = [2_503, 2_504];
    mark = { stream: STREAM, version: 3, cause: 'history-expired', at: '2010-12-01T08:26:00.000Z' };
    expect(await follower.discard(STREAM)).toEqual({ state: 'following', applied: 2_504 });
    expect(sizes).toEqual([1_000, 1_000, 500, 2]);
    expect(mark).toBeUndefined();
  });
});
