import { changeOf, type CommitChange } from './commit-change.js';
import type { ContributionOperation } from './contributions.js';
import type { Envelope } from './envelope.js';
import { PoisonError } from './poison.js';
import type { PostgresPlace } from './postgres-aggregate-writer.js';
import type { Held, ViewCheck } from './view-store.js';

/** How many streams are added up in one call. */
const STREAMS = 5000;

/** Where a comparison of totals goes on (null: at the totals), and what the streams before it weigh. */
interface Place {
  readonly after: string | null;
  readonly weight: string;
}

const BEGINNING: Place = { after: '', weight: '0' };

/** Compares totals in PostgreSQL with history: checksums are made where the contributions are. */
export class PostgresCheck implements ViewCheck {
  constructor(
    private readonly place: PostgresPlace,
    private readonly generation: number,
    private readonly operationsOf: (commit: Envelope) => Promise<readonly ContributionOperation[]>,
  ) {}

  async held(streams: readonly string[]): Promise<Held[]> {
    const rows = await this.place.db.query<{ stream: string; version: number; checksum: string }>(
      `select stream, version, checksum
         from dbpatterns_view.held(cast(:view as text), cast(:generation as integer), cast(:streams as text))`,
      { view: this.place.view, generation: this.generation, streams: JSON.stringify(streams) },
      { idempotent: true },
    );
    const byStream = new Map(rows.map(({ stream, version, checksum }) => [stream, { version, checksum }]));
    const nothing = await this.checksum([]);
    return streams.map((stream) => byStream.get(stream) ?? { version: 0, checksum: nothing });
  }

  async folded(_stream: string, commits: readonly Envelope[]): Promise<Held> {
    const changes: CommitChange[] = [];
    for (const commit of commits) {
      try {
        changes.push(changeOf(commit.version, await this.operationsOf(commit)));
      } catch (error) {
        if (!(error instanceof PoisonError)) throw error;
      }
    }
    return { version: commits.at(-1)?.version ?? 0, checksum: await this.checksum(changes) };
  }

  /** Some streams at a time, and last the totals. */
  async totals(cursor: string | undefined): Promise<{ cursor?: string; equal?: boolean }> {
    const { db, view } = this.place;
    const { generation } = this;
    const { after, weight } = cursor === undefined ? BEGINNING : (JSON.parse(cursor) as Place);
    const idempotent = { idempotent: true };
    if (after === null) {
      const [row] = await db.query<{ weight: string }>(
        'select dbpatterns_view.totals_weight(cast(:view as text), cast(:generation as integer)) as weight',
        { view, generation },
        idempotent,
      );
      return { equal: row?.weight === weight };
    }
    const [row] = await db.query<{ last: string | null; weight: string }>(
      `select last, weight from dbpatterns_view.contributed_weight(
         cast(:view as text), cast(:generation as integer), cast(:after as text), cast(:limit as integer))`,
      { view, generation, after, limit: STREAMS },
      idempotent,
    );
    const { last = null, weight: more = '0' } = row ?? {};
    return { cursor: JSON.stringify({ after: last, weight: String(BigInt(weight) + BigInt(more)) } satisfies Place) };
  }

  private async checksum(changes: readonly CommitChange[]): Promise<string> {
    const [row] = await this.place.db.query<{ checksum: string }>(
      'select dbpatterns_view.folded(cast(:commits as text)) as checksum',
      { commits: JSON.stringify(changes) },
      { idempotent: true },
    );
    return row?.checksum ?? '';
  }
}
