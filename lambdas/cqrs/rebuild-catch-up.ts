import { jittered } from './backoff.js';
import { bounded } from './bounded.js';
import type { SegmentProgress } from './generation.js';
import { HistoryUnavailableError } from './history-unavailable.js';
import { expired, type Fault } from './rebuild-faults.js';
import type { Laggards } from './rebuild-laggards.js';
import { LATE_ATTEMPTS, LIVE, STREAMS_AT_ONCE, type RebuildParts } from './rebuild-parts.js';
import type { ViewCheck } from './view-store.js';
import type { StreamCommits } from './view-writer.js';

/** Brings a generation to where history is, and to where the live one is. */
export class CatchUp {
  constructor(
    private readonly parts: RebuildParts,
    private readonly laggards: Laggards,
    private readonly check: () => Promise<ViewCheck>,
    private readonly shown: number,
  ) {}

  /**
   * Brings streams of which readers have seen more than the generation has to where the live one is. History may not list
   * them: it may be late, or have lost them, where it is not what their events were published from.
   */
  async level(
    { commits, cursor = LIVE }: SegmentProgress,
    place: { readonly segment: number; readonly segments: number },
    faults: Fault[],
  ): Promise<SegmentProgress> {
    const { store, streamName } = this.parts;
    const from = cursor.slice(LIVE.length);
    const live = await store.check(this.shown);
    const page = await live.streams({ streamName, ...place, ...(from === '' ? {} : { cursor: from }) });
    const held = await (await this.check()).held(page.streams.map(({ stream }) => stream));
    const behind = page.streams.flatMap(({ stream, version }, index) => {
      const applied = held[index]?.version ?? 0;
      return applied < version ? [{ stream, version, applied }] : [];
    });
    const found = await bounded(behind, STREAMS_AT_ONCE, ({ stream, version, applied }) =>
      this.levelled(stream, applied, version),
    );
    faults.push(...found.flat());
    return { commits, ...(page.cursor === undefined ? { done: true } : { done: false, cursor: LIVE + page.cursor }) };
  }

  private async levelled(stream: string, applied: number, version: number): Promise<Fault[]> {
    const { history, waiting } = this.parts;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return (await this.laggards.followed(stream, applied, version)) ?? [];
      } catch (error) {
        if (!(error instanceof HistoryUnavailableError)) throw error;
        if (attempt === LATE_ATTEMPTS) {
          if (applied > 0) throw error;
          const { commits, more } = await history(stream, 1);
          if (commits.length > 0 || more) throw error;
          return [expired(stream)];
        }
      }
      await jittered(waiting, attempt, 500, 4000);
    }
  }

  /**
   * Brings streams that the generation has missed something of to what history holds. Their contents were compared
   * already; to do so again would take as long as the fill, while readers' commits wait for both generations.
   */
  async caughtUp(work: readonly StreamCommits[]): Promise<Fault[]> {
    const check = await this.check();
    const held = await check.held(work.map(({ stream }) => stream));
    const inputs = work.map((one, index) => ({ ...one, applied: held[index]?.version ?? 0 }));
    const faults = await bounded(inputs, STREAMS_AT_ONCE, async ({ stream, commits, applied }) => {
      const target = commits.at(-1)?.version ?? 0;
      return applied >= target ? [] : ((await this.laggards.followed(stream, applied, target)) ?? []);
    });
    return faults.flat();
  }
}
