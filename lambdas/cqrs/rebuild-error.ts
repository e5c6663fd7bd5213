/** Why a rebuild cannot do what it is asked. */
export type RebuildErrorCode =
  'rebuild-running' | 'nothing-to-do' | 'too-late' | 'invalid-input' | 'invalid-segment' | 'has-dependents';

/** A rebuild cannot do what it is asked, and a repetition cannot either. */
export class RebuildError extends Error {
  override readonly name = 'RebuildError';

  constructor(
    readonly code: RebuildErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** The store or the publisher's history is away, or throttled: the same call later can succeed. */
export class RebuildUnavailableError extends Error {
  override readonly name = 'RebuildUnavailableError';
  readonly code = 'rebuild-unavailable';
}
