import { HistoryExpiredError } from './history-expired.js';
import { HistoryFollower, type Followed } from './history-follower.js';
import { RebuildUnavailableError } from './rebuild-error.js';
import { expired, type Fault } from './rebuild-faults.js';
import { ROUNDS, type RebuildParts } from './rebuild-parts.js';
import type { Parking } from './view-store.js';
import type { ViewWriter } from './view-writer.js';

/** That a stream moves faster than it is looked at. */
export const keptMoving = (stream: string): RebuildUnavailableError =>
  new RebuildUnavailableError(`${stream} kept moving: it is looked at again`);

/** The streams of a generation that are behind: they are brought to where they should be, or parked. */
export class Laggards {
  private readonly writer: ViewWriter;
  private readonly parking: Parking;
  private readonly live: ViewWriter;
  private readonly follower: HistoryFollower;

  constructor(
    private readonly parts: RebuildParts,
    private readonly generation: number,
    shown: number,
  ) {
    const { store, history, log } = parts;
    this.writer = store.writer(generation);
    this.parking = store.parking(generation);
    this.live = store.writer(shown);
    this.follower = new HistoryFollower({ writer: this.writer, parking: this.parking, history, log });
  }

  /** Brings a stream to a version, or parks it where it cannot be brought there. */
  async brought(stream: string, target: number, first: Followed): Promise<Fault[]> {
    let end = first;
    for (let round = 0; round < ROUNDS; round += 1) {
      if (end.state === 'current' || end.applied >= target) return [];
      if (end.state === 'poison' && end.error instanceof HistoryExpiredError) return [expired(stream)];
      if (end.state === 'failed' || end.state === 'late') throw end.error;
      const mark = await this.parking.mark(stream);
      if (mark !== undefined && mark.version > end.applied) return [];
      if (end.state === 'poison' && (await this.parking.park(stream, end.applied, end.error))) {
        const { generation } = this;
        this.parts.log({ level: 'warn', message: 'stream parked', generation, stream, version: end.applied + 1 });
        return [];
      }
      end = await this.follower.follow(stream, await this.writer.applied(stream), target, { folded: true });
    }
    throw keptMoving(stream);
  }

  /** Brings a laggard to a version: faults where it stays behind the live generation. */
  async followed(stream: string, applied: number, target: number): Promise<Fault[] | undefined> {
    const mark = await this.parking.mark(stream);
    if (mark !== undefined && mark.version > applied) {
      // The handler may have been mended since.
      await this.follower.retry(stream);
    } else {
      const faults = await this.brought(stream, target, { state: 'gap', applied });
      if (faults.length > 0) return faults;
    }
    const parked = await this.parking.mark(stream);
    if (parked === undefined) return undefined;
    return (await this.live.applied(stream)) >= parked.version ? [{ code: 'parked', stream }] : undefined;
  }
}
