import { HistoryExpiredError, lostCommits } from './history-expired.js';
import type { HistoryReader } from './history-reader.js';

/**
 * History for what passes over commits of before some time, in milliseconds since 1970: those of them that were cleaned
 * up are passed over as well, since they were decided before the oldest one that is left.
 */
export function historySince(history: HistoryReader, since: number): HistoryReader {
  return async (stream, from) => {
    try {
      return await history(stream, from);
    } catch (error) {
      if (!(error instanceof HistoryExpiredError)) throw error;
      const { commits, more } = await history(stream, error.oldest);
      const [oldest] = commits;
      if (oldest === undefined || Date.parse(oldest.time) >= since) throw error;
      const lost = lostCommits(from, oldest);
      if (from + lost.length < oldest.version) return { commits: lost, more: true };
      return { commits: [...lost, ...commits], more };
    }
  };
}
