import { listIn, objectIn } from '../private/json.js';
import type { SqlParameters } from '../stores/index.js';
import { changeOf, type CommitChange } from './commit-change.js';
import type { ContributionOperation } from './contributions.js';
import type { Envelope } from './envelope.js';
import { contributionChecksum } from './contribution-checksum.js';
import { PoisonError } from './poison.js';
import type { PostgresPlace } from './postgres-aggregate-writer.js';
import { UnexpectedAnswerError } from './unexpected-answer.js';
import type { Held, StreamsPage, StreamsPlace, ViewCheck } from './view-store.js';

/** How much one call adds up: streams, the bytes of their contributions as they are stored, or totals. */
const STREAMS = 5000;
/** How many streams one call lists: their names are the parameter of the next one. */
const LISTED = 1000;
const BYTES = 1_000_000;
const TOTALS = 10_000;

/** Where a comparison of totals goes on, and what it knows so far. */
interface Place {
  /** Contributions are added up first. */
  readonly of: 'contributions' | 'totals';
  /** After which stream, or after the total with which key; null at the beginning. */
  readonly after: string | null;
  /** The names of the measures that were met. */
  readonly measures: readonly string[];
  /** What is left of one against the other. */
  readonly rest: string;
}

const BEGINNING: Place = { of: 'contributions', after: null, measures: [], rest: '0' };

/** Compares totals in PostgreSQL with history: of what is stored the database makes the checksums. */
export class PostgresCheck implements ViewCheck {
  constructor(
    private readonly place: PostgresPlace,
    private readonly generation: number,
    private readonly operationsOf: (commit: Envelope) => Promise<readonly ContributionOperation[]>,
  ) {}

  async streams({ segment, segments, cursor = '' }: StreamsPlace): Promise<StreamsPage> {
    const streams = await this.place.db.query<{ stream: string; version: number }>(
      `select stream, version
         from dbpatterns_view.streams(cast(:view as text), cast(:generation as integer), cast(:segment as integer),
           cast(:segments as integer), cast(:after as text), cast(:limit as integer))`,
      { ...this.generationOf(), segment, segments, after: cursor, limit: LISTED },
      { idempotent: true },
    );
    const last = streams.at(-1);
    return { streams, ...(last !== undefined && streams.length === LISTED ? { cursor: last.stream } : {}) };
  }

  async held(streams: readonly string[]): Promise<Held[]> {
    const rows = await this.place.db.query<{ stream: string; version: number; checksum: string; passed: string }>(
      `select stream, version, checksum, passed
         from dbpatterns_view.held(cast(:view as text), cast(:generation as integer), cast(:streams as text))`,
      { ...this.generationOf(), streams: JSON.stringify(streams) },
      { idempotent: true },
    );
    const byStream = new Map(rows.map(({ stream, ...row }) => [stream, row]));
    const nothing = contributionChecksum([]);
    return streams.map((stream) => {
      const { version = 0, checksum = nothing, passed = '[]' } = byStream.get(stream) ?? {};
      return { version, checksum, passed: listIn(passed).map(Number) };
    });
  }

  async folded(_stream: string, commits: readonly Envelope[], passed: readonly number[]): Promise<Held> {
    const changes: CommitChange[] = [];
    for (const commit of commits.filter(({ version }) => !passed.includes(version))) {
      try {
        changes.push(changeOf(commit.version, await this.operationsOf(commit)));
      } catch (error) {
        if (!(error instanceof PoisonError)) throw error;
      }
    }
    return { version: commits.at(-1)?.version ?? 0, checksum: contributionChecksum(changes), passed };
  }

  /** A portion of the contributions at a time, then of the totals. */
  async totals(cursor: string | undefined): Promise<{ cursor?: string; equal?: boolean }> {
    const place = cursor === undefined ? BEGINNING : placeOf(cursor);
    return place.of === 'contributions' ? this.contributed(place) : this.compared(place);
  }

  private async contributed({ after, measures, rest }: Place): Promise<{ cursor: string }> {
    const [row] = await this.place.db.query<{ last: string | null; measures: string; rest: string }>(
      `select last, measures, rest from dbpatterns_view.weigh_contributions(cast(:view as text),
         cast(:generation as integer), cast(:after as text), cast(:streams as integer), cast(:bytes as integer),
         cast(:rest as text))`,
      { ...this.generationOf(), after: after ?? '', streams: STREAMS, bytes: BYTES, rest },
      { idempotent: true },
    );
    if (row === undefined) throw noAnswer();
    const names = [...new Set([...measures, ...listIn(row.measures).map(String)])];
    const of = row.last === null ? 'totals' : 'contributions';
    return { cursor: JSON.stringify({ of, after: row.last, measures: names, rest: row.rest } satisfies Place) };
  }

  private async compared({ after, measures, rest }: Place): Promise<{ cursor?: string; equal?: boolean }> {
    const [row] = await this.place.db.query<{ last: string | null; rest: string; even: boolean }>(
      `select last, rest, even from dbpatterns_view.weigh_totals(cast(:view as text), cast(:generation as integer),
         cast(:after as text), cast(:limit as integer), cast(:measures as text), cast(:rest as text))`,
      { ...this.generationOf(), after, limit: TOTALS, measures: JSON.stringify(measures), rest },
      { idempotent: true },
    );
    if (row === undefined) throw noAnswer();
    if (row.last === null) return { equal: row.even };
    return { cursor: JSON.stringify({ of: 'totals', after: row.last, measures, rest: row.rest } satisfies Place) };
  }

  private generationOf(): SqlParameters {
    return { view: this.place.view, generation: this.generation };
  }
}

/** A cursor of an earlier release is none: the comparison begins anew. */
function placeOf(cursor: string): Place {
  const place = objectIn(cursor);
  return isPlace(place) ? place : BEGINNING;
}

function isPlace(value: object): value is Place {
  return 'of' in value && 'measures' in value && 'rest' in value;
}

function noAnswer(): UnexpectedAnswerError {
  return new UnexpectedAnswerError('the database answered a comparison with no row');
}
