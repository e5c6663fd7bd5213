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
