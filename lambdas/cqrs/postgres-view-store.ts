import { PostgresError, type Clock, type SqlParameters } from '../stores/index.js';
import { jittered, type Waiting } from './backoff.js';
import type { ContributionOperation } from './contributions.js';
import type { Envelope } from './envelope.js';
import { FIRST, type GenerationRecord } from './generation.js';
import { causeOf } from './parking-cause.js';
import { PostgresAggregateWriter, type PostgresPlace } from './postgres-aggregate-writer.js';
import { RebuildError, RebuildUnavailableError } from './rebuild-error.js';
import type { Generations, Parking, ParkingMark, ViewCheck, ViewStore } from './view-store.js';
import type { ViewWriter } from './view-writer.js';

/** A view in PostgreSQL, and what it is written and parked with. */
export interface PostgresViewParts extends PostgresPlace {
  readonly operationsOf: (commit: Envelope) => Promise<readonly ContributionOperation[]>;
  readonly now: Clock;
  readonly waiting: Waiting;
}

/** Totals in a table of PostgreSQL: all generations of it, and what is parked in each. */
export class PostgresViewStore implements ViewStore {
  readonly generations: Generations;

  constructor(private readonly parts: PostgresViewParts) {
    this.generations = new PostgresGenerations(parts, parts.waiting);
  }

  writer(generation: number): ViewWriter {
    return new PostgresAggregateWriter(this.parts, generation, this.parts.operationsOf, this.parts.waiting);
  }

  parking(generation: number): Parking {
    return new PostgresParking(this.parts, generation, this.parts.now);
  }

  async check(generation: number): Promise<ViewCheck> {
    const { PostgresCheck } = await import('./postgres-check.js');
    return new PostgresCheck(this.parts, generation, this.parts.operationsOf);
  }
}

const PAGE = 100;

/** Parking marks in rows beside the totals. */
class PostgresParking implements Parking {
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

/** How many streams' contributions one call deletes. */
const PORTION = 5000;

/** How often a lock on a table is asked for that others hold for longer than it is waited for. */
const LOCK_ATTEMPTS = 4;
/** A lock was not had in time. */
const LOCKED = '55P03';
/** Other objects of the database hang on the table. */
const HAS_DEPENDENTS = 'DBV06';

/** The generations of a totals table: tables of their own, which are swapped by their names. */
class PostgresGenerations implements Generations {
  constructor(
    private readonly place: PostgresPlace,
    private readonly waiting: Waiting,
  ) {}

  async read(): Promise<GenerationRecord> {
    const [row] = await this.place.db.query<{ record: string | null }>(
      'select dbpatterns_view.record(cast(:view as text)) as record',
      { view: this.place.view },
      { idempotent: true },
    );
    const text = row?.record ?? undefined;
    return text === undefined ? FIRST : (JSON.parse(text) as GenerationRecord);
  }

  async write(record: GenerationRecord): Promise<GenerationRecord | undefined> {
    const written = { ...record, revision: record.revision + 1 };
    const params = { record: JSON.stringify(written), revision: record.revision };
    // Repeated after a lost answer it is refused, and whoever reads the record finds its own.
    const done = await this.call('write_record', ', cast(:record as text), cast(:revision as integer)', params, true);
    return done ? written : undefined;
  }

  async begin(generation: number): Promise<void> {
    await this.moved('begin_generation', ', cast(:generation as integer)', { generation });
  }

  async publish(generation: number): Promise<void> {
    await this.moved('publish_generation', ', cast(:generation as integer)', { generation });
  }

  async drop(generation: number): Promise<boolean> {
    const portion = ', cast(:generation as integer), cast(:limit as integer)';
    return this.moved('drop_generation', portion, { generation, limit: PORTION });
  }

  /** Works on tables: between two attempts those who wait behind it have their turn. */
  private async moved(name: string, rest: string, params: SqlParameters): Promise<boolean> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.call(name, rest, params, true);
      } catch (error) {
        if (!(error instanceof PostgresError)) throw error;
        if (error.sqlState === HAS_DEPENDENTS) throw this.hasDependents(error);
        if (error.sqlState !== LOCKED) throw error;
        if (attempt + 1 === LOCK_ATTEMPTS) {
          const message = `${name} of '${this.place.view}': statements on this table take longer than it is waited for`;
          throw new RebuildUnavailableError(message, { cause: error });
        }
      }
      await jittered(this.waiting, attempt, 200, 1000);
    }
  }

  private hasDependents({ reason }: PostgresError): RebuildError {
    return new RebuildError(
      'has-dependents',
      `on a table of '${this.place.view}' hangs what would not go with its name: ` +
        `${reason.replace(/^dbpatterns\.dependents:/, '')}; remove it, or have it ask the table by a query, and resume`,
    );
  }

  private async call(name: string, rest: string, params: SqlParameters, idempotent = false): Promise<boolean> {
    const { db, view, followed } = this.place;
    const [row] = await db.query<{ done: boolean }>(
      `select dbpatterns_view.${name}(cast(:view as text), cast(:followed as text)${rest}) as done`,
      { view, followed, ...params },
      { idempotent },
    );
    return row?.done === true;
  }
}
