import { describe, expect, it } from 'vitest';
import { commands, stream } from '../../../lambdas/cqrs/index.js';
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

describe('a command handler', () => {
  const settings = {
    service: 'catalog',
    stream: 'item',
    bus: 'events',
    sweepQueue: 'https://queue',
    functionTimeout: 29,
    entryLimit: 1,
    bodyLimit: 1,
    retentionDays: 7,
    tokenValidity: 1,
    store: 'PRODUCTS',
  };
  const ask = (environment: Record<string, string>) =>
    commands(stream('product', {}), {}, { environment })({ path: '/', body: '', headers: {}, isBase64Encoded: false });

  it('refuses an environment of another stream', async () => {
    await expect(ask({ DBPATTERNS_COMMANDS: JSON.stringify(settings) })).rejects.toThrow(
      "the construct is for commands of 'item', its handler for 'product': make them agree",
    );
  });

  it('refuses an environment without its terms, all of them at once', async () => {
    const { entryLimit: _, retentionDays: __, ...rest } = settings;
    const refused = ask({ DBPATTERNS_COMMANDS: JSON.stringify(rest) });
    await expect(refused).rejects.toMatchObject({ code: 'invalid-variable' });
    await expect(refused).rejects.toThrow('entryLimit must be a whole number from 0; retentionDays must be a number');
  });
});
