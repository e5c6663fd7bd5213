import type { Clock, SqlParameters } from '../stores/index.js';
import { causeOf } from './parking-cause.js';
import type { PostgresPlace } from './postgres-aggregate-writer.js';
import type { Parking, ParkingMark } from './view-store.js';

const PAGE = 100;
/** Of more than so many it is enough to know that they are many. */
const MANY = 10_000;

/** Parking marks in rows beside the totals. */
export class PostgresParking implements Parking {
  constructor(
    private readonly place: PostgresPlace,
    private readonly generation: number,
    private readonly now: Clock,
  ) {}

  async mark(stream: string): Promise<ParkingMark | undefined> {
    const [mark] = await this.marks({ stream, after: null, limit: 1 });
    return mark;
  }

  async park(stream: string, applied: number, error: Error): Promise<boolean> {
    const { db, view, followed } = this.place;
    const [row] = await db.query<{ parked: boolean }>(
      `select dbpatterns_view.park(cast(:view as text), cast(:followed as text), cast(:generation as integer),
         cast(:stream as text), cast(:applied as integer), cast(:cause as text), cast(:at as text)) as parked`,
      {
        view,
        followed,
        generation: this.generation,
        stream,
        applied,
        // A text of PostgreSQL holds no NUL.
        cause: causeOf(error).replaceAll('\0', ''),
        at: this.now().toISOString(),
      },
      { idempotent: true },
    );
    return row?.parked === true;
  }

  async clear(stream: string): Promise<void> {
    await this.place.db.query(
      'select dbpatterns_view.unpark(cast(:view as text), cast(:generation as integer), cast(:stream as text)) as cleared',
      { view: this.place.view, generation: this.generation, stream },
      { idempotent: true },
    );
  }

  async count(): Promise<number> {
    const [row] = await this.place.db.query<{ count: number }>(
      `select cast(count(*) as integer) as count from dbpatterns_view.parked_streams(cast(:view as text),
         cast(:generation as integer), cast(null as text), cast(null as text), cast(:limit as integer))`,
      { view: this.place.view, generation: this.generation, limit: MANY },
      { idempotent: true },
    );
    return row?.count ?? 0;
  }

  async list(cursor?: string): Promise<{ readonly marks: readonly ParkingMark[]; readonly cursor?: string }> {
    const marks = await this.marks({ stream: null, after: cursor ?? null, limit: PAGE + 1 });
    const page = marks.slice(0, PAGE);
    const last = page.at(-1);
    return { marks: page, ...(marks.length > PAGE && last !== undefined ? { cursor: last.stream } : {}) };
  }

  private async marks(asked: SqlParameters): Promise<ParkingMark[]> {
    return this.place.db.query<{ stream: string; version: number; cause: string; at: string }>(
      `select stream, version, cause, at from dbpatterns_view.parked_streams(cast(:view as text),
         cast(:generation as integer), cast(:stream as text), cast(:after as text), cast(:limit as integer))`,
      { view: this.place.view, generation: this.generation, ...asked },
      { idempotent: true },
    );
  }
}
