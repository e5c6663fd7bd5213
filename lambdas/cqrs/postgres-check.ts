import { changeOf, type CommitChange } from './commit-change.js';
import type { ContributionOperation } from './contributions.js';
import type { Envelope } from './envelope.js';
import { PoisonError } from './poison.js';
import type { PostgresPlace } from './postgres-aggregate-writer.js';
import type { Held, ViewCheck } from './view-store.js';

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

  private async checksum(changes: readonly CommitChange[]): Promise<string> {
    const [row] = await this.place.db.query<{ checksum: string }>(
      'select dbpatterns_view.folded(cast(:commits as text)) as checksum',
      { commits: JSON.stringify(changes) },
      { idempotent: true },
    );
    return row?.checksum ?? '';
  }
}
