/** Why a reaction refuses what it is asked for. */
export type ReactionErrorCode = 'invalid-since' | 'no-rebuild' | 'no-time';

/**
 * What a reaction cannot do.
 *
 * - `invalid-since`: it is not said from when on it reacts.
 * - `no-rebuild`: what it has done is done, and cannot be built anew from history.
 * - `no-time`: the function is about to be ended; what waits comes again.
 */
export class ReactionError extends Error {
  override readonly name = 'ReactionError';

  constructor(
    readonly code: ReactionErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** The refusal of a rebuild. */
export function noRebuild(streamName: string): ReactionError {
  return new ReactionError(
    'no-rebuild',
    `what reacts to '${streamName}' is no view and has no rebuild: it would do again what it has done. ` +
      'Keep what can be built anew in a view, by projection or aggregate',
  );
}
