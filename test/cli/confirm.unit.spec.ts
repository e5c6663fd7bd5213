import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { confirm } from '../../cli/confirm.js';

/** A terminal on which something is typed. */
function typed(keys: string, isTTY = true) {
  const input = Object.assign(new PassThrough(), { isTTY, setRawMode: () => undefined });
  const output = Object.assign(new PassThrough(), { isTTY, columns: 80 });
  input.write(keys);
  return { input, output };
}

describe('what is not undone', () => {
  it('is done where somebody says yes', async () => {
    await expect(confirm('Discard it?', typed('y\r'))).resolves.toBeUndefined();
  });

  it.each(['n\r', '\r', 'yesterday\r'])('is not done at %j', async (keys) => {
    await expect(confirm('Discard it?', typed(keys))).rejects.toMatchObject({
      name: 'UserError',
      message: 'nothing was changed',
      exitCode: 1,
    });
  });

  it.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('is not done at %s, and the exit code says that it was interrupted', async (_, keys) => {
    await expect(confirm('Discard it?', typed(keys))).rejects.toMatchObject({ name: 'UserError', exitCode: 130 });
  });

  it('is not done where nobody can be asked', async () => {
    await expect(confirm('Discard it?', typed('y\r', false))).rejects.toThrow('Discard it? Say so with --yes');
  });
});
