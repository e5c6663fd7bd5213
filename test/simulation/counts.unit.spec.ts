import { expect, it } from 'vitest';
import { counts } from './counts.js';

it('costs as much per event at ten thousand as at a thousand', async () => {
  // The first ten pay for what is read once per container.
  const [, first, second] = await counts([10, 1_000, 10_000]);
  expect(second).toEqual({ ...first, events: 10_000 });
  expect(first?.commit).toEqual({ requests: 1, read: 0, write: 1 });
});
