import { jittered } from './backoff.js';
import { bounded } from './bounded.js';
import type { Envelope } from './envelope.js';
import type { SegmentProgress } from './generation.js';
import { HistoryExpiredError } from './history-expired.js';
import { HistoryUnavailableError } from './history-unavailable.js';
import { expired, isCut, type Fault } from './rebuild-faults.js';
import { keptMoving, type Laggards } from './rebuild-laggards.js';
import { LATE_ATTEMPTS, ROUNDS, STREAMS_AT_ONCE, type RebuildParts } from './rebuild-parts.js';
import type { Held, ViewCheck } from './view-store.js';
import type { StreamCommits } from './view-writer.js';

/** Compares a generation with history, stream by stream, and its totals with what was contributed. */
export class Comparison {
  constructor(
    private readonly parts: RebuildParts,
    private readonly laggards: Laggards,
    private readonly check: () => Promise<ViewCheck>,
    private readonly generation: number,
  ) {}

  /** Compares what the generation holds with what history gives, and follows what came meanwhile. */
  async verify(work: readonly StreamCommits[], isLater: boolean, hasMore: boolean): Promise<Fault[]> {
    // A stream that began on an earlier page was read to its end there.
    const [first] = work;
    const own = isLater && first?.commits[0]?.version !== 1 ? work.slice(1) : work;
    const check = await this.check();
    const held = await check.held(own.map(({ stream }) => stream));
    const inputs = own.map((one, index) => ({ one, holds: held[index], isLast: hasMore && index === own.length - 1 }));
    const faults = await bounded(inputs, STREAMS_AT_ONCE, async ({ one, holds, isLast }) => {
      const { stream } = one;
      if (one.commits[0]?.version !== 1 || one.commits.some(isCut)) return [expired(stream)];
      try {
        const commits = isLast ? await this.extended(stream, one.commits, Infinity) : one.commits;
        return await this.compared(stream, commits, holds ?? { version: 0, checksum: '' });
      } catch (error) {
        if (error instanceof HistoryExpiredError) return [expired(stream)];
        throw error;
      }
    });
    return faults.flat();
  }

  private async compared(stream: string, from: readonly Envelope[], first: Held): Promise<Fault[]> {
    const check = await this.check();
    let commits = from;
    let holds = first;
    for (let round = 0; round < ROUNDS; round += 1) {
      commits = await this.reaching(stream, commits, holds.version);
      const end = commits.at(-1)?.version ?? 0;
      if (holds.version < end) {
        const faults = await this.laggards.followed(stream, holds.version, end);
        if (faults !== undefined) return faults;
        const [moved] = await check.held([stream]);
        const stands = moved?.version === holds.version;
        holds = moved ?? holds;
        // It is parked here as it is in the live one: what it holds is compared all the same.
        if (!stands) continue;
      }
      const expected = await check.folded(
        stream,
        commits.filter(({ version }) => version <= holds.version),
        holds.passed ?? [],
      );
      if (expected.checksum === holds.checksum || holds.version === 0) return [];
      return [{ code: 'differs', stream }];
    }
    throw keptMoving(stream);
  }

  /**
   * The commits up to a version that the generation holds.
   *
   * @throws HistoryUnavailableError if history does not go that far, although it is asked for some seconds.
   */
  private async reaching(stream: string, given: readonly Envelope[], until: number): Promise<readonly Envelope[]> {
    let commits = given;
    for (let attempt = 0; ; attempt += 1) {
      commits = await this.extended(stream, commits, until);
      const end = commits.at(-1)?.version ?? 0;
      if (end >= until) return commits;
      if (attempt === LATE_ATTEMPTS) {
        const message = `the history of ${stream} ends at ${end}, and generation ${this.generation} holds ${until}`;
        throw new HistoryUnavailableError(message);
      }
      await jittered(this.parts.waiting, attempt, 500, 4000);
    }
  }

  /** The commits up to a version, where they are not all there yet; or to the end of history. */
  private async extended(stream: string, given: readonly Envelope[], until: number): Promise<readonly Envelope[]> {
    const commits = [...given];
    for (;;) {
      const last = commits.at(-1)?.version ?? 0;
      if (last >= until) return commits;
      const page = await this.parts.history(stream, last + 1);
      commits.push(...page.commits);
      if (!page.more || page.commits.length === 0) return commits;
    }
  }

  /** Whether totals are the sum of what was contributed. */
  async totals(reached: SegmentProgress, faults: Fault[]): Promise<SegmentProgress> {
    const check = await this.check();
    const { cursor, equal = true } = (await check.totals?.(reached.cursor)) ?? {};
    if (!equal) faults.push({ code: 'differs', stream: 'totals' });
    return { commits: reached.commits, done: cursor === undefined, ...(cursor === undefined ? {} : { cursor }) };
  }
}
