import { beforeAll, describe, expect, it } from 'vitest';
import { history, type HistorySource, type SegmentQuestion } from '../../../lambdas/cqrs/history.js';
import type { Envelope } from '../../../lambdas/cqrs/index.js';

/** History on its real engine, of some hundred products and of other streams. */
export interface HistoryUnderTest {
  readonly source: HistorySource;
  /** The ids of all commits of products. */
  readonly expected: readonly string[];
}

const SEGMENTS = 4;

/** What every history of many streams promises. */
export function historyContract(technology: string, start: () => Promise<HistoryUnderTest>): void {
  let under: HistoryUnderTest;

  beforeAll(async () => {
    under = await start();
  });

  const segment = async (number: number, most?: number): Promise<{ commits: Envelope[]; pages: number }> => {
    const commits: Envelope[] = [];
    let pages = 0;
    let cursor: string | undefined;
    do {
      const question: SegmentQuestion = { streamName: 'product', segment: number, segments: SEGMENTS, cursor, most };
      const page = await history(under.source, question);
      expect(page.commits.length).toBeLessThanOrEqual(most ?? Infinity);
      commits.push(...page.commits);
      ({ cursor } = page);
      pages += 1;
    } while (cursor !== undefined);
    return { commits, pages };
  };

  describe(`the history of all products on ${technology}`, () => {
    it('comes in segments: each stream in one, whole and in order, page by page', async () => {
      const segments = await Promise.all(Array.from({ length: SEGMENTS }, (_, number) => segment(number)));
      expect(
        segments
          .flatMap(({ commits }) => commits)
          .map(({ id }) => id)
          .sort(),
      ).toEqual([...under.expected].sort());
      const homes = segments.map(({ commits }) => new Set(commits.map(({ subject }) => subject)));
      const streams = new Set(homes.flatMap((home) => [...home]));
      expect(homes.reduce((sum, home) => sum + home.size, 0)).toBe(streams.size);
      // No segment is left empty by a hash that is none.
      expect(Math.min(...homes.map((home) => home.size))).toBeGreaterThan(0);
      for (const { commits } of segments) {
        const last = new Map<string, number>();
        for (const { subject, version } of commits) {
          expect(version).toBe((last.get(subject) ?? 0) + 1);
          last.set(subject, version);
        }
      }
      expect(Math.max(...segments.map(({ pages }) => pages))).toBeGreaterThan(1);
    });

    it('comes in pages as small as they are wanted, and is the same', async () => {
      for (const most of [1, 3]) {
        const { commits, pages } = await segment(0, most);
        expect(pages).toBeGreaterThanOrEqual(commits.length / most);
        expect(commits).toEqual((await segment(0)).commits);
      }
    });

    it('is counted', async () => {
      const { commits, exact } = await under.source.count('product');
      if (exact) expect(commits).toBe(under.expected.length);
      else expect(commits).toBeGreaterThanOrEqual(under.expected.length);
    });

    it('has none of a name that nobody has', async () => {
      const page = await history(under.source, { streamName: 'prod', segment: 0, segments: 1 });
      expect(page.commits).toEqual([]);
    });

    it.each([
      { streamName: 'product', segment: 4, segments: 4 },
      { streamName: 'product', segment: -1, segments: 4 },
      { streamName: 'product/1', segment: 0, segments: 4 },
      { streamName: 'product', segment: 0, segments: 1, cursor: 'nonsense' },
      { streamName: 'product', segment: 0, segments: 1, most: 0 },
      { streamName: 'product', count: 'yes' },
    ])('refuses what is no question: %j', async (request) => {
      await expect(history(under.source, request)).rejects.toMatchObject({ code: 'invalid-history-request' });
    });
  });
}
