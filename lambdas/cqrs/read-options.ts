import { Problem } from './problem.js';
import type { Token } from './token.js';

/** What a read has to show at least. */
export interface ReadOptions {
  /** Show at least what this token says. Queries get it as `after`. */
  readonly after?: Token;
}

/** The stream that a view follows: its contract, or its name. */
export type Followed = string | { readonly name: string };

/** The name of the stream that a view follows. */
export function nameOf(followed: Followed): string {
  return typeof followed === 'string' ? followed : followed.name;
}

/**
 * Refuses a token on a read that cannot keep it. A token that says nothing about the view's stream asks for nothing.
 *
 * @throws Problem `token-unsupported` (400).
 */
export function refuseToken(after: Token | undefined, streamName: string, what: string): void {
  if (after?.streams.some((stream) => stream.startsWith(`${streamName}/`))) {
    throw new Problem(
      'token-unsupported',
      400,
      `${what} cannot wait for a token of '${streamName}': read the entity itself with it, or read without a token`,
    );
  }
}
