import { expect, it } from 'vitest';
import { bounded } from '../../cli/bounded.js';

it('works on so many items at once, and gives what each came to in their order', async () => {
  const begun: (() => void)[] = [];
  let [underWay, most] = [0, 0];
  const all = bounded([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
    most = Math.max(most, (underWay += 1));
    await new Promise<void>((go) => begun.push(go));
    underWay -= 1;
    return item * 10;
  });
  // The last that began goes on first.
  while (begun.length > 0) {
    begun.pop()?.();
    await new Promise((settle) => setImmediate(settle));
  }
  expect(await all).toEqual([10, 20, 30, 40, 50, 60, 70]);
  expect(most).toBe(3);
});

it('fails with the first that fails', async () => {
  const failing = bounded([1, 2, 3], 2, async (item) => {
    if (item === 2) throw new Error('two');
    return Promise.resolve(item);
  });
  await expect(failing).rejects.toThrow('two');
});
