/** History could not be read, or it does not hold what it should yet. It is asked again later. */
export class HistoryUnavailableError extends Error {
  override readonly name = 'HistoryUnavailableError';
  readonly code = 'history-unavailable';
}
