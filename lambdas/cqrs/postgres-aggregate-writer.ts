import { PostgresError, type PostgresClient } from '../stores/index.js';
import { jittered, type Waiting } from './backoff.js';
import type { ContributionOperation } from './contributions.js';
import type { Envelope } from './envelope.js';
import { PoisonError } from './poison.js';
import { callsOf, PostgresRun, type Part } from './postgres-run.js';
import type { Progress, StreamCommits, ViewWriter } from './view-writer.js';

/** A view in PostgreSQL: its totals table, and the stream that it follows. */
export interface PostgresPlace {
  readonly db: PostgresClient;
  /** The table, in the schema public. */
  readonly view: string;
  /** The stream's name. */
  readonly followed: string;
}

const CONFLICTS = 10;

/**
 * Writes totals that many streams feed into a table of PostgreSQL. A batch is one call: what the streams have contributed
 * and the totals that they move change in its transaction. What a stream contributed before never leaves the database, so
 * that nothing is read first and a commit may move any number of totals.
 */
export class PostgresAggregateWriter implements ViewWriter {
  constructor(
    private readonly place: PostgresPlace,
    private readonly generation: number,
    private readonly operationsOf: (commit: Envelope) => Promise<readonly ContributionOperation[]>,
    private readonly waiting: Waiting,
  ) {}

  async advance(work: readonly StreamCommits[]): Promise<Map<string, Progress>> {
    const runs = await Promise.all(work.map((one) => PostgresRun.of(one, this.operationsOf)));
    const open = (): PostgresRun[] => runs.filter(({ progress }) => progress === undefined);
    for (let rest = open(); rest.length > 0; rest = open()) {
      for (const call of callsOf(rest)) await this.apply(call);
    }
    return new Map(runs.map(({ stream, progress }) => [stream, progress ?? { state: 'current', applied: 0 }]));
  }

  async applied(stream: string): Promise<number> {
    const { db, view } = this.place;
    const [row] = await db.query<{ applied: number }>(
      'select dbpatterns_view.applied(cast(:view as text), cast(:generation as integer), cast(:stream as text)) as applied',
      { view, generation: this.generation, stream },
      { idempotent: true },
    );
    return row?.applied ?? 0;
  }

  private async apply(call: readonly Part[]): Promise<void> {
    for (let conflicts = 0; ; conflicts += 1) {
      try {
        const applied = await this.call(call);
        for (const { run, changes } of call) run.reached(applied.get(run.stream) ?? 0, changes);
        return;
      } catch (error) {
        if (error instanceof PostgresError && error.isConflict && conflicts < CONFLICTS) {
          await jittered(this.waiting, conflicts, 20, 400);
          continue;
        }
        const refusal = refusalOf(error);
        if (refusal !== undefined) narrow(call, refusal);
        else for (const { run } of call) run.failed(error);
        return;
      }
    }
  }

  /** One call, one transaction. Repeated after a lost answer it finds that all is done. */
  private async call(call: readonly Part[]): Promise<Map<string, number>> {
    const { db, view, followed } = this.place;
    const work = JSON.stringify(call.map(({ run, changes }) => ({ stream: run.stream, commits: changes })));
    const rows = await db.query<{ stream: string; applied: number }>(
      `select stream, applied from dbpatterns_view.advance(
         cast(:view as text), cast(:followed as text), cast(:generation as integer), cast(:work as text))`,
      { view, followed, generation: this.generation, work },
      { idempotent: true },
    );
    return new Map(rows.map(({ stream, applied }) => [stream, applied]));
  }
}

/** Finds out which commit is at fault by sending less at a time. */
function narrow(call: readonly Part[], error: PoisonError): void {
  const [only] = call;
  if (call.length > 1) {
    for (const { run } of call) run.alone = true;
  } else if (only !== undefined && only.changes.length > 1) {
    only.run.single = true;
  } else if (only !== undefined) {
    const [change] = only.changes;
    if (change === undefined) only.run.failed(error);
    else only.run.refused(change.version, error);
  }
}

/**
 * Why the database cannot take what a handler has made: values, constraints, limits and columns. Undefined where the
 * database or the table itself is at fault, which is mended and tried again.
 */
function refusalOf(error: unknown): PoisonError | undefined {
  if (!(error instanceof PostgresError)) return undefined;
  const [, what] = /^dbpatterns\.(?:key|measure):(.*)$/.exec(error.reason) ?? [];
  switch (error.sqlState) {
    case 'DBV04':
      return new PoisonError('invalid-operation', `a total's key must have exactly: ${what ?? ''}`);
    case 'DBV05':
      return new PoisonError('invalid-operation', `measure '${what ?? ''}' is named like a key: rename it`);
    case '42703':
      return new PoisonError('invalid-operation', `a measure must be a column of the totals table: ${error.reason}`);
    default:
      return /^(22|23|54|21)/.test(error.sqlState)
        ? new PoisonError('write-refused', 'the table cannot hold what the handler made of it', { cause: error })
        : undefined;
  }
}
