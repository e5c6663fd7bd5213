import { expect, it } from 'vitest';
import { inTurn } from '../../../cli/projections/parked.js';

it('moves each stream, whatever becomes of the others, and says what was wrong with which', async () => {
  const following = (stream: string) => ({
    stream,
    generations: [{ generation: 1, live: true, state: 'following' as const, applied: 3 }],
  });
  const tried = await inTurn(['product/1', 'product/2', 'product/3'], (stream) =>
    stream === 'product/2' ? Promise.reject(new Error('history is away')) : Promise.resolve(following(stream)),
  );
  expect(tried).toEqual([
    following('product/1'),
    { stream: 'product/2', error: 'history is away' },
    following('product/3'),
  ]);
});
