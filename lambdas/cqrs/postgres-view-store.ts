import type { Clock, SqlParameters } from '../stores/index.js';
import type { Waiting } from './backoff.js';
import type { ContributionOperation } from './contributions.js';
import type { Envelope } from './envelope.js';
import { FIRST, type GenerationRecord } from './generation.js';
import { LazyParking } from './lazy-parking.js';
import { PostgresAggregateWriter, type PostgresPlace } from './postgres-aggregate-writer.js';
import type { PostgresMoves } from './postgres-moves.js';
import type { Generations, Parking, ViewCheck, ViewStore } from './view-store.js';
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
    return new LazyParking(async () => {
      const { PostgresParking } = await import('./postgres-parking.js');
      return new PostgresParking(this.parts, generation, this.parts.now);
    });
  }

  async check(generation: number): Promise<ViewCheck> {
    const { PostgresCheck } = await import('./postgres-check.js');
    return new PostgresCheck(this.parts, generation, this.parts.operationsOf);
  }
}

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
    const done = await this.call('write_record', ', cast(:record as text), cast(:revision as integer)', params);
    return done ? written : undefined;
  }

  async begin(generation: number): Promise<void> {
    await (await this.moves()).begin(generation);
  }

  async mayPublish(generation: number): Promise<void> {
    await (await this.moves()).mayPublish(generation);
  }

  async publish(generation: number): Promise<void> {
    await (await this.moves()).publish(generation);
  }

  async drop(generation: number): Promise<boolean> {
    return (await this.moves()).drop(generation);
  }

  private async moves(): Promise<PostgresMoves> {
    const { PostgresMoves } = await import('./postgres-moves.js');
    const call = async (name: string, rest: string, params: SqlParameters): Promise<boolean> =>
      this.call(name, rest, params);
    return new PostgresMoves({ view: this.place.view, waiting: this.waiting, call });
  }

  private async call(name: string, rest: string, params: SqlParameters): Promise<boolean> {
    const { db, view, followed } = this.place;
    const [row] = await db.query<{ done: boolean }>(
      `select dbpatterns_view.${name}(cast(:view as text), cast(:followed as text)${rest}) as done`,
      { view, followed, ...params },
      { idempotent: true },
    );
    return row?.done === true;
  }
}
