import { systemClock, type Clock, type CommitTable } from '../stores/index.js';
import { commitHistory, LOST_AFTER } from './commit-history.js';
import { commitsAfter } from './commit-items.js';
import { storedCommit } from './commit-import.js';
import { HistoryExpiredError } from './history-expired.js';
import type { HistorySource } from './history.js';
import type { HistoryReader } from './history-reader.js';
import { HistoryUnavailableError } from './history-unavailable.js';

/**
 * History as an import keeps it. The import subscribes to the bus as views do, so that it may be behind what they have
 * seen: where what is kept of a stream does not go on, its publisher is asked.
 */
export function archivedHistory(store: CommitTable, publisher: HistoryReader, now: Clock = systemClock): HistorySource {
  return {
    ...commitHistory(store, now),
    async stream({ stream, from }) {
      const page = await commitsAfter(store, stream, from - 1);
      const kept = page.commits.filter(({ version }, index) => version === from + index);
      if (page.more && kept.length === page.commits.length) return { commits: kept, more: true };
      const next = from + kept.length;
      const beyond = page.commits[kept.length];
      try {
        const { commits, more } = await publisher(stream, next);
        const cut = commits.findIndex(({ data }) => data === undefined);
        const whole = cut < 0 ? commits : commits.slice(0, cut);
        if (whole.length === 0 && (cut === 0 || beyond !== undefined)) {
          throw new HistoryExpiredError(stream, beyond?.version ?? next + 1);
        }
        const isMore = more || cut >= 0 || (beyond !== undefined && whole.length > 0);
        return { commits: [...kept, ...whole.map((commit) => storedCommit(commit))], more: isMore };
      } catch (error) {
        // What is kept is given first; who goes on meets the same again.
        if (kept.length > 0) return { commits: kept, more: true };
        if (!(error instanceof HistoryExpiredError)) throw error;
        if (beyond !== undefined && beyond.at + LOST_AFTER < now().getTime() / 1000) {
          throw new HistoryExpiredError(stream, Math.min(beyond.version, error.oldest));
        }
        const message = `of ${stream}, version ${next} is not kept yet, and its publisher does not have it any more`;
        throw new HistoryUnavailableError(message, { cause: error });
      }
    },
  };
}
