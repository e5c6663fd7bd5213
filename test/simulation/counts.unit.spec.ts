import { expect, it } from 'vitest';
import { counts } from './counts.js';

it('costs as much per event at ten thousand as at a thousand, also where a stream has grown from a hundred commits to a thousand', async () => {
  // The first pay for what is read once per container, and for what a product begins with.
  const [, , first, second] = await counts([10, 100, 1_000, 10_000]);
  expect(second).toEqual({ ...first, events: 10_000 });
  expect(first?.sale.commit).toEqual({ requests: 1, read: 0, write: 1 });
  // The version that its client has seen is checked first.
  expect(first?.change?.commit).toEqual({ requests: 2, read: 1, write: 1 });
  expect(first?.change?.read).toEqual({ requests: 1, read: 1, write: 0 });
}, 60_000);
