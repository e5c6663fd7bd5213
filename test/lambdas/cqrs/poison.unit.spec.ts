import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { PoisonError, stream, v1 } from '../../../lambdas/cqrs/index.js';
import { poisonous } from '../../../lambdas/cqrs/poison.js';

const thrown = async (what: unknown): Promise<PoisonError> => {
  const poison = await poisonous('handler-failed', 'the handler failed', () => {
    throw what;
  }).catch((error: unknown) => error);
  if (poison instanceof PoisonError) return poison;
  throw new TypeError('no poison');
};

describe('what a handler throws', () => {
  it('is poison that says class, code and place, and keeps what was said as its cause', async () => {
    const secret = Object.assign(new RangeError('jane@example.com\n    at home.ts:1:1'), { code: 'too-far' });
    const poison = await thrown(secret);
    expect(poison.message).toMatch(/^the handler failed: RangeError too-far at poison\.unit\.spec\.ts:\d+:\d+$/);
    expect(poison.cause).toBe(secret);
  });

  it('is named also where it is no error, without its value', async () => {
    expect((await thrown('jane@example.com')).message).toBe('the handler failed: it threw no error but a string');
  });

  it('is left as it is where it is poison', async () => {
    const poison = new PoisonError('invalid-operation', 'use put');
    expect(await thrown(poison)).toBe(poison);
  });

  it('names the fields that break the contract, and not what they hold', async () => {
    const user = stream('user', { Named: v1(v.object({ name: v.object({ last: v.string() }) })) });
    const read = (event: { type: string; v: number; data: unknown }) =>
      poisonous('contract-failed', 'the event breaks the contract', () => user.read(event)).catch(String);
    const broken = await read({ type: 'Named', v: 1, data: { name: { last: 4_242 } } });
    expect(broken).toBe('PoisonError: the event breaks the contract: Named is not as agreed; at fault: /name/last');
    expect(await read({ type: 'Named', v: 2, data: {} })).toContain('deploy the newer contract');
  });
});
