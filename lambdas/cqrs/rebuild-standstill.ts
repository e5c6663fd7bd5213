import { bounded } from './bounded.js';
import { HistoryFollower } from './history-follower.js';
import { RebuildUnavailableError } from './rebuild-error.js';
import { STREAMS_AT_ONCE, type RebuildParts } from './rebuild-parts.js';
import type { Parking } from './view-store.js';
import type { ViewWriter } from './view-writer.js';

/** A stream that stands still, before a version, and the version of it that readers see now. */
interface Mark {
  readonly stream: string;
  readonly version: number;
  readonly shown: number;
}

/** The streams that stand still in the generation that readers are about to move to. */
export class Standstill {
  private readonly writer: ViewWriter;
  private readonly parking: Parking;

  constructor(
    private readonly parts: RebuildParts,
    private readonly generation: number,
    private readonly live: number,
  ) {
    this.writer = parts.store.writer(generation);
    this.parking = parts.store.parking(generation);
  }

  /**
   * Those of a page that readers have seen further on.
   *
   * @throws RebuildUnavailableError while it is not known of one whether they will have
   */
  async behind(cursor?: string): Promise<{ readonly behind: readonly string[]; readonly cursor?: string }> {
    const page = await this.parking.list(cursor);
    if (page.marks.length === 0) return { ...page, behind: [] };
    const check = await this.parts.store.check(this.live);
    const held = await check.held(page.marks.map(({ stream }) => stream));
    const marks = page.marks.map(({ stream, version }, n) => ({ stream, version, shown: held[n]?.version ?? 0 }));
    await this.decided(marks.filter(({ version, shown }) => shown < version));
    const behind = await this.standing(marks.filter(({ version, shown }) => shown >= version));
    return { ...page, behind };
  }

  /**
   * What stands still here, the live generation has parked as well, or it will show it: after this look, and readers would
   * see less once they have moved.
   */
  private async decided(marks: readonly Mark[]): Promise<void> {
    const { generation, live } = this;
    const parking = this.parts.store.parking(live);
    await bounded(marks, STREAMS_AT_ONCE, async ({ stream, version, shown }) => {
      const mark = await parking.mark(stream);
      if (mark !== undefined && mark.version > shown) return;
      if ((await this.writer.applied(stream)) >= version) return;
      throw new RebuildUnavailableError(
        `${stream} stands still before version ${version} in generation ${generation}, and has not come there in ${live}`,
      );
    });
  }

  /**
   * Those that do stand still. What was delivered again when the view could take it has been applied past its mark: such a
   * stream goes on, and its mark goes.
   */
  private async standing(marks: readonly Mark[]): Promise<string[]> {
    const { history, log } = this.parts;
    const { writer, parking } = this;
    const follower = new HistoryFollower({ writer, parking, history, log });
    const found = await bounded(marks, STREAMS_AT_ONCE, async ({ stream, version, shown }) => {
      if ((await writer.applied(stream)) < version) return [stream];
      const end = await follower.retry(stream);
      return end.state === 'parked' && end.applied < shown ? [stream] : [];
    });
    return found.flat();
  }
}
