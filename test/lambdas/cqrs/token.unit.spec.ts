import { describe, expect, it } from 'vitest';
import { Token } from '../../../lambdas/cqrs/token.js';
import { TokenError, TOKEN_LIMIT } from '../../../lambdas/cqrs/token-text.js';

const NOON = new Date('2010-12-01T12:00:00Z');
const now = (): Date => NOON;

/** A small seeded generator, so that a failing run can be repeated. */
function* tokens(seed: number): Generator<Token> {
  let state = seed;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (;;) {
    const streams: Record<string, number> = {};
    for (let n = next(5); n >= 0; n -= 1) streams[`product/${next(6)}`] = 1 + next(9);
    yield Token.of(streams, { validity: 60 + next(1000), now });
  }
}

function thrown(action: () => unknown): TokenError {
  try {
    action();
  } catch (error) {
    if (error instanceof TokenError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('a token', () => {
  it('comes back from its text as it was', () => {
    const token = Token.of({ 'product/85123A': 3, 'sale/536365': 1, __proto__x: 2 }, { now });
    const read = Token.parse(token.toString(), { now });
    expect(read.version('product/85123A')).toBe(3);
    expect(read.version('sale/536365')).toBe(1);
    expect(read.version('product/unknown')).toBeUndefined();
    expect(read.version('toString')).toBeUndefined();
    expect(read.streams).toEqual(token.streams);
    expect(read.toString()).toBe(token.toString());
  });

  it('is valid for its time and no longer', () => {
    const text = Token.of({ 'product/1': 1 }, { validity: 10, now }).toString();
    const after = (seconds: number) => ({ now: () => new Date(NOON.getTime() + seconds * 1000) });
    expect(Token.parse(text, after(9.999)).version('product/1')).toBe(1);
    expect(thrown(() => Token.parse(text, after(10))).code).toBe('expired');
  });

  it('is refused when it is not what the kit wrote', () => {
    const encode = (body: unknown): string => Buffer.from(JSON.stringify(body)).toString('base64url');
    const bodies = [
      null,
      [],
      { v: 2, e: 9e9, s: {} },
      { v: 1, e: 'soon', s: {} },
      { v: 1, e: -9e15, s: {} },
      { v: 1, e: 9e9, s: [] },
      { v: 1, e: 9e9, s: { 'product/1': 0 } },
      { v: 1, e: 9e9, s: { 'product/1': 1.5 } },
      { v: 1, e: 9e9, s: { 'product/1': '3' } },
    ];
    for (const text of ['', 'not base64!', 'bm90IGpzb24', ...bodies.map(encode)]) {
      expect(thrown(() => Token.parse(text, { now })).code, text).toBe('malformed');
    }
  });

  it('throws beyond 1 KB instead of dropping an entry', () => {
    const wide = (from: number, count: number) =>
      Token.of(Object.fromEntries(Array.from({ length: count }, (_, n) => [`product/${from + n}`, 1])), { now });
    const half = wide(1000, 30);
    expect(half.toString().length).toBeLessThanOrEqual(TOKEN_LIMIT);
    expect(thrown(() => half.merge(wide(2000, 30))).code).toBe('too-large');
    expect(thrown(() => wide(1000, 60)).code).toBe('too-large');
    expect(thrown(() => Token.parse('A'.repeat(TOKEN_LIMIT + 1), { now })).code).toBe('too-large');
  });
});

describe('merging tokens', () => {
  it('is commutative, associative and idempotent, and takes the maximum', () => {
    const source = tokens(42);
    const take = (): Token => source.next().value as Token;
    for (let n = 0; n < 300; n += 1) {
      const [a, b, c] = [take(), take(), take()];
      const ab = a.merge(b);
      expect(ab.toString()).toBe(b.merge(a).toString());
      expect(ab.merge(c).toString()).toBe(a.merge(b.merge(c)).toString());
      expect(a.merge(a).toString()).toBe(a.toString());
      expect(ab.merge(a).toString()).toBe(ab.toString());
      for (const stream of ab.streams) {
        expect(ab.version(stream)).toBe(Math.max(a.version(stream) ?? 0, b.version(stream) ?? 0));
      }
      expect(ab.streams.sort()).toEqual([...new Set([...a.streams, ...b.streams])].sort());
      expect(ab.expires).toBe(Math.min(a.expires, b.expires));
    }
  });
});
