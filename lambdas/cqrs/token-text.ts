/** Why a token cannot be used. */
export type TokenErrorCode = 'malformed' | 'expired' | 'too-large';

/** A token that cannot be read, is past its time, or would be larger than a header may be. Answered with 400. */
export class TokenError extends Error {
  override readonly name = 'TokenError';

  constructor(
    readonly code: TokenErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** How a token is made. */
export interface TokenOptions {
  /** For how many seconds the token is accepted. Default: 86400, a day. */
  readonly validity?: number;
  /** The clock. Default: the system's. */
  readonly now?: () => Date;
}

/** The largest token, in bytes of its text. */
export const TOKEN_LIMIT = 1024;

const DAY = 86_400;
export const FORMAT = 1;
export const systemClock = (): Date => new Date();

/**
 * The text of a token for these versions. Who only writes needs no more of a token.
 *
 * @throws TokenError `too-large` if it would exceed 1 KB; `malformed` if a version is not a whole number from 1.
 */
export function tokenText(streams: Readonly<Record<string, number>>, options: TokenOptions = {}): string {
  return textOf(inOrder(new Map(Object.entries(streams))), expiryOf(options));
}

/** When a token ends that is made now, in seconds since 1970. */
export function expiryOf({ now = systemClock, validity = DAY }: TokenOptions): number {
  return Math.floor(now().getTime() / 1000) + validity;
}

/** Versions by the names of their streams, so that the same ones have the same text. */
export function inOrder(versions: ReadonlyMap<string, number>): Map<string, number> {
  return new Map([...versions].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

/** The text of versions that are in order. */
export function textOf(versions: ReadonlyMap<string, number>, expires: number): string {
  for (const [stream, version] of versions) {
    if (stream === '' || !Number.isSafeInteger(version) || version < 1) {
      throw malformed('each stream must have a version that is a whole number from 1');
    }
  }
  const json = JSON.stringify({ v: FORMAT, e: expires, s: Object.fromEntries(versions) });
  const text = Buffer.from(json, 'utf8').toString('base64url');
  if (text.length > TOKEN_LIMIT) throw tooLarge(text.length);
  return text;
}

/** A token that is none. */
export function malformed(reason: string, options?: ErrorOptions): TokenError {
  return new TokenError(
    'malformed',
    `the consistency token is malformed, ${reason}: send it as it was received`,
    options,
  );
}

/** A token of so many bytes. */
export function tooLarge(length: number): TokenError {
  return new TokenError(
    'too-large',
    `the consistency token would have ${length} bytes, at most ${TOKEN_LIMIT} are allowed: keep one token per entity or page`,
  );
}
