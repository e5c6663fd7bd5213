import type { Envelope } from './envelope.js';

/** Commits of one stream, in the order of their versions. */
export interface StreamCommits {
  readonly stream: string;
  readonly commits: readonly Envelope[];
  /**
   * This version is passed over: it moves the view's version and nothing else. The view notes it in the same write, so
   * that a rebuild can compare what it holds with history: see `Held.passed`.
   */
  readonly pass?: number;
  /** Applied in as few writes as possible, each of several commits: what a rebuild asks for. */
  readonly folded?: boolean;
}

/**
 * How far a view has got with a stream. `applied` is the version that the view holds now.
 *
 * - `current`: all commits given are in it.
 * - `gap`: the next commit given does not follow `applied`.
 * - `poison`: commit `applied + 1` was given and cannot be applied.
 * - `failed`: the store is away, is throttling, or too many others write the same items; nothing is wrong with the commit.
 */
export type Progress =
  | { readonly state: 'current'; readonly applied: number }
  | { readonly state: 'gap'; readonly applied: number }
  | { readonly state: 'poison'; readonly applied: number; readonly error: Error }
  | { readonly state: 'failed'; readonly applied: number; readonly error: unknown };

/** A view that takes commits: each exactly once, each stream in order. One adapter per kind of view and store. */
export interface ViewWriter {
  /** Applies what can be applied. Each stream occurs once. Never throws for what a commit or the store did wrong. */
  advance(work: readonly StreamCommits[]): Promise<Map<string, Progress>>;
  /** The version of a stream that the view holds, 0 where it holds nothing. */
  applied(stream: string): Promise<number>;
}
