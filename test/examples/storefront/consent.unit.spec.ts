import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { agrees } from '../../../examples/storefront/demo/consent.js';

/** A terminal on which something is typed. */
function typed(keys: string, isTTY = true) {
  const input = Object.assign(new PassThrough(), { isTTY, setRawMode: () => undefined });
  const output = Object.assign(new PassThrough(), { isTTY, columns: 80 });
  input.write(keys);
  return { input, output };
}

describe('what the demo asks', () => {
  it.each([
    ['y\r', true],
    ['YES\r', true],
    ['n\r', false],
    ['\r', false],
    ['\u0003', false],
    ['\u0004', false],
  ])('is answered by %j with %j', async (keys, answer) => {
    expect(await agrees('Remove it?', typed(keys))).toBe(answer);
  });

  it('is asked of nobody where nobody is there', async () => {
    await expect(agrees('Remove it?', typed('y\r', false))).rejects.toThrow('add --yes');
  });
});
