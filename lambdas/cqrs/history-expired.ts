import type { Envelope } from './envelope.js';

/** Versions that were asked for have been cleaned up: they are older than what the store keeps. */
export class HistoryExpiredError extends Error {
  override readonly name = 'HistoryExpiredError';
  readonly code = 'history-expired';

  constructor(
    readonly stream: string,
    /** The oldest version that is left. */
    readonly oldest: number,
  ) {
    super(`history-expired: of ${stream}, versions before ${oldest} were cleaned up; keep history for longer`);
  }

  /** The error of a function in another service, of which only a name and a message have come through. */
  static of(name: unknown, message: string): HistoryExpiredError | undefined {
    const [, stream, oldest] = /^history-expired: of (.+), versions before (\d+) were cleaned up;/s.exec(message) ?? [];
    if (name !== 'HistoryExpiredError' || stream === undefined) return undefined;
    return new HistoryExpiredError(stream, Number(oldest));
  }
}

/**
 * What stands in the place of commits that were cleaned up, from a version up to the oldest one that is left: commits
 * without events, which move the version of a view and nothing else.
 */
export function lostCommits(from: number, oldest: Envelope): Envelope[] {
  return Array.from({ length: Math.max(0, oldest.version - from) }, (_, n) => ({
    ...oldest,
    id: `${oldest.subject}@${from + n}`,
    version: from + n,
    // Nobody knows when it was any more.
    time: '1970-01-01T00:00:00.000Z',
    data: { events: [] },
  }));
}
