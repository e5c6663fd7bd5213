import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { bounded } from './bounded.js';
import {
  entityMissing,
  fold,
  MISSING,
  followedBy,
  type EntityChange,
  type EntityOperation,
  type Fields,
} from './entity-operations.js';
import { EntityItems } from './entity-items.js';
import type { Envelope } from './envelope.js';
import { PoisonError } from './poison.js';
import { isRefused, TOMBSTONE, VERSION, type IndexedTable } from './view-table.js';
import type { Progress, StreamCommits, ViewWriter } from './view-writer.js';

/** How many streams of a batch are written at the same time. */
const STREAMS_AT_ONCE = 10;

/**
 * Writes an entity view: one item per stream. A commit is one conditional write (version = applied + 1), and the item
 * that a refused condition returns tells a duplicate from a gap, so that nothing is read where nothing is wrong.
 */
export class EntityWriter implements ViewWriter {
  private readonly items: EntityItems;

  constructor(
    private readonly table: IndexedTable,
    private readonly operationsOf: (commit: Envelope) => Promise<readonly EntityOperation[]>,
    generation = 1,
  ) {
    this.items = new EntityItems(table, generation);
  }

  async advance(work: readonly StreamCommits[]): Promise<Map<string, Progress>> {
    const progress = await bounded(work, STREAMS_AT_ONCE, async (one) => [one.stream, await this.follow(one)] as const);
    return new Map(progress);
  }

  async applied(stream: string): Promise<number> {
    const { client, table } = this.table;
    const answer = await client.send(
      new GetCommand({
        TableName: table,
        Key: this.versionKey(stream),
        ConsistentRead: true,
        ProjectionExpression: '#version',
        ExpressionAttributeNames: { '#version': VERSION },
      }),
    );
    return Number(answer.Item?.[VERSION] ?? 0);
  }

  /** The key of the item that holds the view's version of a stream. */
  versionKey(stream: string): Record<string, string> {
    return this.items.storedKeyOf(stream);
  }

  /**
   * What a stream's whole history comes to: the item's fields, undefined for a tombstone. A commit that was discarded or
   * cannot be applied is passed.
   */
  async contentOf(
    stream: string,
    commits: readonly Envelope[],
    passed: readonly number[],
  ): Promise<Fields | undefined> {
    const key = this.items.keyOf(stream);
    let state = MISSING;
    for (const commit of commits) {
      try {
        const next = followedBy(state, await this.changeOf(commit, passed.includes(commit.version)));
        if ('fields' in next) this.items.ownFields(key, next.fields);
        state = next;
      } catch (error) {
        if (!(error instanceof PoisonError)) throw error;
      }
    }
    return 'fields' in state ? this.items.ownFields(key, state.fields) : undefined;
  }

  private async follow({ stream, commits, pass, folded = false }: StreamCommits): Promise<Progress> {
    let known: number | undefined;
    let single = !folded;
    let rest = commits;
    for (let commit = rest[0]; commit !== undefined; commit = rest[0]) {
      if (known !== undefined && commit.version > known + 1) return { state: 'gap', applied: known };
      const others = single ? [] : consecutive(rest).slice(1);
      try {
        known = await this.write(stream, commit, others, pass);
      } catch (error) {
        const refusal = refusalOf(error, commit.version);
        if (refusal === undefined) return { state: 'failed', applied: known ?? 0, error };
        try {
          known = refusal.applied ?? (await this.applied(stream));
        } catch (unreadable) {
          return { state: 'failed', applied: known ?? 0, error: unreadable };
        }
        if (known < commit.version - 1) return { state: 'gap', applied: known };
        if (known === commit.version - 1 && others.length === 0) {
          return { state: 'poison', applied: known, error: refusal.error };
        }
        // One of several is at fault: it is found by writing them one by one.
        single ||= known < commit.version;
      }
      const reached = known;
      rest = rest.filter(({ version }) => version > reached);
    }
    return { state: 'current', applied: known ?? 0 };
  }

  /** Writes a commit and those that follow it as one change, as many as can be applied: the version of the last. */
  private async write(
    stream: string,
    first: Envelope,
    others: readonly Envelope[],
    pass: number | undefined,
  ): Promise<number> {
    let change = await this.changeOf(first, pass === first.version);
    if (first.version === 1) change = followedBy(MISSING, change);
    let { version } = first;
    for (const commit of others) {
      try {
        change = followedBy(change, await this.changeOf(commit, pass === commit.version));
        version = commit.version;
      } catch {
        break; // what came before it is good
      }
    }
    const previous = first.version - 1;
    const passed = pass !== undefined && pass > previous && pass <= version ? pass : undefined;
    await this.items.change(stream, { previous, version, change, passed });
    return version;
  }

  private async changeOf(commit: Envelope, pass: boolean): Promise<EntityChange> {
    return pass ? { operation: 'pass' } : fold(await this.operationsOf(commit));
  }
}

/** Why a write did not happen for what the commit or the item is; undefined where the store itself failed. */
function refusalOf(error: unknown, version: number): { readonly applied?: number; readonly error: Error } | undefined {
  if (error instanceof PoisonError) return { error };
  if (error instanceof Error && error.name === 'ConditionalCheckFailedException') {
    const old = 'Item' in error ? (error.Item as Record<string, { N?: string }> | undefined) : undefined;
    const applied = Number(old?.[VERSION]?.N ?? 0);
    if (applied === version - 1 && old?.[TOMBSTONE] !== undefined) return { applied, error: entityMissing() };
    const cause = 'the item was not written by this projection: give each view its own table';
    return { applied, error: new PoisonError('write-refused', cause, { cause: error }) };
  }
  if (isRefused(error)) {
    return {
      error: new PoisonError('write-refused', 'the store cannot hold what the handler made of it', { cause: error }),
    };
  }
  return undefined;
}

/** The commits at the beginning that follow each other without a hole. */
function consecutive(commits: readonly Envelope[]): readonly Envelope[] {
  const first = commits[0]?.version ?? 0;
  const hole = commits.findIndex(({ version }, index) => version !== first + index);
  return hole < 0 ? commits : commits.slice(0, hole);
}
