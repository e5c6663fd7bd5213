/**
 * A table put off what it was asked for, or others wrote the same items, as often as it was tried. Nothing is wrong with
 * what was to be read or written: it is asked again later.
 */
export class TableBusyError extends Error {
  override readonly name = 'TableBusyError';
  readonly code = 'table-busy';
  /** As the SDK marks what it could not get through for load: whoever asks whether to try again need not know this class. */
  readonly $retryable = { throttling: true };

  /** @param what - what happened, and how often */
  constructor(
    readonly table: string,
    what: string,
    options?: ErrorOptions,
  ) {
    super(
      `table '${table}': ${what}; if that goes on, look for its throttled requests, or lower the concurrency`,
      options,
    );
  }
}
