import { objectIn } from '../private/json.js';
import type { Envelope } from './envelope.js';

/** Versions that were asked for are gone: they are older than what the store keeps, or an import has never brought them. */
export class HistoryExpiredError extends Error {
  override readonly name = 'HistoryExpiredError';
  readonly code = 'history-expired';

  constructor(
    readonly stream: string,
    /** The oldest version that is left. */
    readonly oldest: number,
  ) {
    super(
      `history-expired ${JSON.stringify({ stream, oldest })}: versions right before the oldest that is left were ` +
        'cleaned up, or never imported; keep history for longer, import them from an archive, or discard them',
    );
  }

  /** The error of a function in another service, of which only a name and a message have come through. */
  static of(name: unknown, message: string): HistoryExpiredError | undefined {
    const [, json] = /^history-expired (\{.*\}): /s.exec(message) ?? [];
    if (name !== 'HistoryExpiredError' || json === undefined) return undefined;
    const { stream, oldest } = objectIn(json);
    if (typeof stream !== 'string' || !Number.isSafeInteger(oldest)) return undefined;
    return new HistoryExpiredError(stream, Number(oldest));
  }
}

/** So many lost commits at a time: nobody knows how many there are. */
const PORTION = 1_000;

/**
 * What stands in the place of commits that were lost, from a version up to the oldest one that is left, or the first of
 * them: commits without events, which move the version of a view and nothing else.
 */
export function lostCommits(from: number, oldest: Envelope): Envelope[] {
  return Array.from({ length: Math.max(0, Math.min(PORTION, oldest.version - from)) }, (_, n) => ({
    ...oldest,
    id: `${oldest.subject}@${from + n}`,
    version: from + n,
    // Nobody knows when it was any more.
    time: '1970-01-01T00:00:00.000Z',
    data: { events: [] },
  }));
}
