import { describe, expect, it } from 'vitest';
import { compare, resultOf } from '../../bench/support/compare.js';
import type { Measurement } from '../../bench/support/measurement.js';
import { median, quantile } from '../../bench/support/statistics.js';

const measurement = (better: 'low' | 'high', goal?: number): Measurement => ({
  ...{ name: 'test', what: 'one with another', unit: 'ms', better },
  ...(goal === undefined ? {} : { goal }),
  effort: { full: { rounds: 1, warmUp: 0, size: 1 }, quick: { rounds: 1, warmUp: 0, size: 1 } },
  prepare: () => Promise.reject(new Error('not prepared')),
});

describe('the middle and the edge of samples', () => {
  it.each([
    [[5], 5],
    [[2, 1], 1.5],
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
  ])('of %j the median is %d', (samples, expected) => {
    expect(median(samples)).toBe(expected);
  });

  it('is by the nearest rank', () => {
    const samples = Array.from({ length: 200 }, (_, n) => n + 1);
    expect([quantile(samples, 0.5), quantile(samples, 0.99), quantile([7], 0.99)]).toEqual([100, 198, 7]);
  });
});

describe('a comparison', () => {
  it('goes by the rounds, so that a slow minute in which both ran is not taken for a difference', () => {
    const kit = [[10], [100], [11]];
    const bare = [[10], [100], [10]];
    expect(resultOf(measurement('low', 1.05), kit, bare)).toMatchObject({ ratio: 1, reached: true });
  });

  it('reaches a goal only if its slowest do too', () => {
    const kit = [Array.from({ length: 100 }, (_, n) => (n < 98 ? 10 : 50))];
    const bare = [Array.from({ length: 100 }, () => 10)];
    expect(resultOf(measurement('low', 1.3), kit, bare)).toMatchObject({ ratio: 1, ratio99: 5, reached: false });
  });

  it('knows that of rates the higher one is better', () => {
    expect(resultOf(measurement('high', 0.9), [[95]], [[100]])).toMatchObject({ ratio: 0.95, reached: true });
    expect(resultOf(measurement('high', 0.9), [[80]], [[100]])).toMatchObject({ reached: false });
  });

  it('lets both sides take turns, each first as often as the other, and forgets the warm-up', async () => {
    const order: string[] = [];
    const side = (name: string) => async (): Promise<number[]> => {
      order.push(name);
      return [order.length];
    };
    const sides = { kit: side('kit'), bare: side('bare') };
    const result = await compare(measurement('low'), sides, { rounds: 2, warmUp: 2, size: 1 }, () => undefined);
    expect(order.join(' ')).toBe('kit bare bare kit kit bare bare kit');
    expect(result.kit.samples).toBe(2);
  });
});
