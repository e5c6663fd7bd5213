/** How the library is used in a way that nothing can come of. */
export type UsageErrorCode = 'invalid-route' | 'no-event' | 'no-sort-key' | 'unknown-index';

/**
 * A mistake in the code that uses the library.
 *
 * - `invalid-route`: a pattern is no method and path.
 * - `no-event`: a command changed something and returned no event.
 * - `no-sort-key`: a range is asked for where nothing is sorted.
 * - `unknown-index`: a list is asked for by an index that the view does not have.
 */
export class UsageError extends TypeError {
  override readonly name = 'UsageError';

  constructor(
    readonly code: UsageErrorCode,
    message: string,
  ) {
    super(message);
  }
}
