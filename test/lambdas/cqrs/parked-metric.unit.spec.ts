import { expect, it } from 'vitest';
import type { LogEntry } from '../../../lambdas/cqrs/log.js';
import { ParkedMetric } from '../../../lambdas/cqrs/parked-metric.js';
import type { Parking } from '../../../lambdas/cqrs/view-store.js';

const START = Date.parse('2026-01-01T00:00:30Z');

it('tells what is parked for the time at which counting began: a 0 that another one finds meanwhile is later', async () => {
  let time = START;
  const lines: LogEntry[] = [];
  const container = () => new ParkedMetric({ name: 'x', log: (line) => lines.push(line), now: () => new Date(time) });
  const told = () => lines.map(({ Parked, _aws }) => [Parked, (_aws as { Timestamp: number }).Timestamp]);
  const [batch, operator] = [container(), container()];
  const none = { count: async () => Promise.resolve(0) } as Partial<Parking> as Parking;
  const slow: Parking = {
    ...none,
    count: async () => {
      await operator.tell(none, 0);
      time += 90_000;
      return 1;
    },
  };
  await batch.tell(slow, 1);
  expect(told()).toEqual([
    [0, START + 30_000],
    [1, START],
  ]);
});
