import { isObject } from '../private/is-object.js';
import {
  expiryOf,
  FORMAT,
  inOrder,
  malformed,
  systemClock,
  textOf,
  TOKEN_LIMIT,
  TokenError,
  tooLarge,
  type TokenOptions,
} from './token-text.js';

/**
 * "Show me at least this": which version of which streams a reader has to see.
 *
 * A write returns one, a read takes one; both travel in `x-consistency-token`. A token holds no personal data other
 * than the ids of the entities, is opaque to clients, at most 1 KB, and expires.
 *
 * @example
 * const token = Token.of({ 'product/85123A': 3 }).merge(Token.parse(header));
 * response.headers['x-consistency-token'] = token.toString();
 */
export class Token {
  /**
   * A token for these versions.
   *
   * @throws TokenError `too-large` if its text would exceed 1 KB; `malformed` if a version is not a whole number from 1.
   */
  static of(streams: Readonly<Record<string, number>>, options: TokenOptions = {}): Token {
    return Token.made(new Map(Object.entries(streams)), expiryOf(options));
  }

  /**
   * Reads a token as a client sent it.
   *
   * @throws TokenError `malformed`, `expired` or `too-large`.
   */
  static parse(text: string, options: Pick<TokenOptions, 'now'> = {}): Token {
    if (text.length > TOKEN_LIMIT) throw tooLarge(text.length);
    const body = decode(text);
    const token = Token.made(new Map(Object.entries(body.s)), body.e);
    const now = options.now ?? systemClock;
    if (token.expires * 1000 <= now().getTime()) {
      throw new TokenError(
        'expired',
        `the token expired at ${new Date(token.expires * 1000).toISOString()}: read without it, or take the one of a newer write`,
      );
    }
    return token;
  }

  private static made(versions: ReadonlyMap<string, number>, expires: number): Token {
    const sorted = inOrder(versions);
    return new Token(sorted, expires, textOf(sorted, expires));
  }

  private constructor(
    private readonly versions: ReadonlyMap<string, number>,
    /** When it ends, in seconds since 1970. */
    readonly expires: number,
    private readonly text: string,
  ) {}

  /** The streams that the token speaks of. */
  get streams(): string[] {
    return [...this.versions.keys()];
  }

  /** The version of a stream that a reader has to see, or undefined where the token says nothing about it. */
  version(stream: string): number | undefined {
    return this.versions.get(stream);
  }

  /**
   * A token that asks for what both ask for: per stream the higher version. It ends when the first of the two ends, so
   * that merging never prolongs what was promised.
   *
   * @throws TokenError `too-large` if the merged token would exceed 1 KB; no entry is ever dropped.
   */
  merge(other: Token): Token {
    const merged = new Map(this.versions);
    for (const [stream, version] of other.versions) {
      merged.set(stream, Math.max(version, merged.get(stream) ?? 0));
    }
    return Token.made(merged, Math.min(this.expires, other.expires));
  }

  /** The text that goes into `x-consistency-token`. */
  toString(): string {
    return this.text;
  }
}

interface TokenBody {
  readonly e: number;
  readonly s: Readonly<Record<string, number>>;
}

function decode(text: string): TokenBody {
  if (!/^[A-Za-z0-9_-]+$/.test(text)) throw malformed('it must be base64url text');
  let body: unknown;
  try {
    body = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch (cause) {
    throw malformed('its content must be JSON', { cause });
  }
  if (!isBody(body)) throw malformed('its content must be of format 1');
  return body;
}

function isBody(body: unknown): body is TokenBody {
  if (typeof body !== 'object' || body === null) return false;
  const { v, e, s } = body as { v?: unknown; e?: unknown; s?: unknown };
  return v === FORMAT && isWhole(e) && isObject(s) && Object.values(s).every(isWhole);
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
