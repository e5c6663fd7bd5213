import { describe, expect, it } from 'vitest';
import { sweeper, sweepTimes } from '../../../lambdas/cqrs/sweep.js';

function container(functionTimeout: number) {
  let time = 1_000_000;
  const due: number[] = [];
  const client = {
    send: async (command: { input: { DelaySeconds?: number } }) => {
      due.push(time + (command.input.DelaySeconds ?? 0));
      return {};
    },
  };
  const ensure = sweeper({ client, url: 'queue', service: 'catalog' }, functionTimeout, () => new Date(time * 1000));
  return { due, at: async (seconds: number) => ((time = 1_000_000 + seconds), ensure()), start: 1_000_000 };
}

describe('a sweep', () => {
  it('is due later than the function can live and a minute, and never later than SQS allows', () => {
    for (const timeout of [1, 29, 30, 400, 840]) {
      const { earliest, delay } = sweepTimes(timeout);
      expect(earliest).toBe(timeout + 60);
      expect(delay).toBeGreaterThanOrEqual(earliest);
      expect(delay).toBeLessThanOrEqual(900);
    }
  });

  it('cannot serve a function that runs for longer', () => {
    expect(() => sweepTimes(841)).toThrow(/840 seconds at most, its time-out is 841/);
  });

  it('serves all commands until it would be due too early for one', async () => {
    const { due, at, start } = container(30);
    for (const second of [0, 1, 45, 90]) await at(second);
    expect(due).toEqual([start + 180]);
    await at(91);
    expect(due).toEqual([start + 180, start + 91 + 180]);
  });

  it('is always due after each command must have ended', async () => {
    const { due, at, start } = container(30);
    for (let second = 0; second < 1_000; second += 7) {
      await at(second);
      expect(Math.max(...due)).toBeGreaterThanOrEqual(start + second + 90);
    }
    expect(due.length).toBeLessThan(14);
  });

  it('that could not be sent fails its command and is sent by the next', async () => {
    let isAway = true;
    const sent: unknown[] = [];
    const send = async (command: unknown) => {
      if (isAway) throw new Error('away');
      sent.push(command);
      return {};
    };
    const ensure = sweeper({ client: { send }, url: 'q', service: 's' }, 30, () => new Date(0));
    await expect(ensure()).rejects.toThrow('away');
    isAway = false;
    await ensure();
    expect(sent).toHaveLength(1);
  });
});
