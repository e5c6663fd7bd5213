import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { bounded } from './bounded.js';
import {
  fold,
  MISSING,
  followedBy,
  type EntityChange,
  type EntityOperation,
  type Fields,
} from './entity-operations.js';
import { entityId, type Envelope } from './envelope.js';
import { GenerationKeys, isGenerationKey } from './generation-keys.js';
import { PoisonError } from './poison.js';
import { isControlKey, isRefused, PASSED, TOMBSTONE, VERSION, type IndexedTable } from './view-table.js';
import type { Progress, StreamCommits, ViewWriter } from './view-writer.js';

/** How many streams of a batch are written at the same time. */
const STREAMS_AT_ONCE = 10;

/**
 * Writes an entity view: one item per stream. A commit is one conditional write (version = applied + 1), and the item
 * that a refused condition returns tells a duplicate from a gap, so that nothing is read where nothing is wrong.
 */
export class EntityWriter implements ViewWriter {
  private readonly keys: GenerationKeys;

  constructor(
    private readonly table: IndexedTable,
    private readonly operationsOf: (commit: Envelope) => Promise<readonly EntityOperation[]>,
    generation = 1,
  ) {
    this.keys = new GenerationKeys(table, generation);
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
    return this.keys.encodeItem({ [this.table.partitionKey]: entityId(stream) });
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
    const key = this.keyOf(stream);
    let state = MISSING;
    for (const commit of commits) {
      try {
        const next = followedBy(state, await this.changeOf(commit, passed.includes(commit.version)));
        if ('fields' in next) this.ownFields(key, next.fields);
        state = next;
      } catch (error) {
        if (!(error instanceof PoisonError)) throw error;
      }
    }
    return 'fields' in state ? this.ownFields(key, state.fields) : undefined;
  }

  private async follow({ stream, commits, pass, folded = false }: StreamCommits): Promise<Progress> {
    let known: number | undefined;
    let single = !folded;
    let rest = commits;
    for (let commit = rest[0]; commit !== undefined; commit = rest[0]) {
      if (known !== undefined && commit.version > known + 1) return { state: 'gap', applied: known };
      const run = single ? [commit] : consecutive(rest);
      try {
        known = await this.write(stream, run, pass);
      } catch (error) {
        const refusal = refusalOf(error, commit.version);
        if (refusal === undefined) return { state: 'failed', applied: known ?? 0, error };
        try {
          known = refusal.applied ?? (await this.applied(stream));
        } catch (unreadable) {
          return { state: 'failed', applied: known ?? 0, error: unreadable };
        }
        if (known < commit.version - 1) return { state: 'gap', applied: known };
        if (known === commit.version - 1 && run.length === 1) {
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

  /** Writes commits that follow each other as one change, as many as can be applied: the version of the last. */
  private async write(stream: string, commits: readonly Envelope[], pass: number | undefined): Promise<number> {
    const [first, ...others] = commits;
    if (first === undefined) throw new TypeError('there is nothing to write');
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
    const key = this.keyOf(stream);
    const previous = first.version - 1;
    const isUpdate = change.operation === 'set' || (change.operation === 'pass' && previous > 0);
    const note = pass !== undefined && pass > previous && pass <= version ? new Set([pass]) : undefined;
    const { client } = this.table;
    const next = { previous, version, change, note };
    if (isUpdate) await client.send(this.update(key, next));
    else await client.send(this.replace(key, next));
    return version;
  }

  private async changeOf(commit: Envelope, pass: boolean): Promise<EntityChange> {
    return pass ? { operation: 'pass' } : fold(await this.operationsOf(commit));
  }

  private update(key: Record<string, string>, { previous, version, change, note }: Next): UpdateCommand {
    const fields = change.operation === 'set' ? Object.entries(this.stored(key, change.fields)) : [];
    const names: Record<string, string> = { '#version': VERSION };
    const values: Record<string, unknown> = { ':version': version, ':previous': previous };
    const sets = ['#version = :version'];
    const removes: string[] = [];
    for (const [index, [name, value]] of fields.entries()) {
      names[`#f${index}`] = name;
      if (value === undefined) {
        removes.push(`#f${index}`);
      } else {
        values[`:f${index}`] = value;
        sets.push(`#f${index} = :f${index}`);
      }
    }
    if (change.operation === 'set') names['#tombstone'] = TOMBSTONE;
    const clauses = [`SET ${sets.join(', ')}`];
    if (removes.length > 0) clauses.push(`REMOVE ${removes.join(', ')}`);
    if (note !== undefined) {
      names['#passed'] = PASSED;
      values[':passed'] = note;
      clauses.push('ADD #passed :passed');
    }
    return new UpdateCommand({
      TableName: this.table.table,
      Key: this.keys.encodeItem(key),
      UpdateExpression: clauses.join(' '),
      ConditionExpression: `#version = :previous${change.operation === 'set' ? ' AND attribute_not_exists(#tombstone)' : ''}`,
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: values,
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
  }

  /** What was noted of passed versions goes with the content: it can no longer be told from what came of them. */
  private replace(key: Record<string, string>, { previous, version, change, note }: Next): PutCommand {
    const content = change.operation === 'put' ? this.stored(key, change.fields) : { [TOMBSTONE]: true };
    return new PutCommand({
      TableName: this.table.table,
      Item: { ...content, ...this.keys.encodeItem(key), [VERSION]: version, ...(note && { [PASSED]: note }) },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      ...(previous === 0
        ? {
            ConditionExpression: 'attribute_not_exists(#key)',
            ExpressionAttributeNames: { '#key': this.table.partitionKey },
          }
        : {
            ConditionExpression: '#version = :previous',
            ExpressionAttributeNames: { '#version': VERSION },
            ExpressionAttributeValues: { ':previous': previous },
          }),
    });
  }

  private keyOf(stream: string): Record<string, string> {
    const id = entityId(stream);
    if (isControlKey(id)) {
      throw new PoisonError('invalid-operation', `'${stream}' begins like an item of the kit: use another id`);
    }
    return { [this.table.partitionKey]: id };
  }

  /** The fields as this generation stores them. */
  private stored(key: Record<string, string>, fields: Fields): Fields {
    return this.keys.encodeItem(this.ownFields(key, fields));
  }

  /** The fields without the key, which is the entity's id and nothing else. */
  private ownFields(key: Record<string, string>, fields: Fields): Fields {
    const { [this.table.partitionKey]: given, ...own } = fields;
    if (given !== undefined && given !== key[this.table.partitionKey]) {
      throw new PoisonError(
        'invalid-operation',
        `field '${this.table.partitionKey}' must be the entity's id or be left out`,
      );
    }
    const reserved = [VERSION, TOMBSTONE, PASSED].find((name) => name in own);
    if (reserved !== undefined) {
      throw new PoisonError('invalid-operation', `field '${reserved}' is kept by the kit: use another name`);
    }
    const foreign = this.table.indexes.find(({ partitionKey }) => isForeign(own[partitionKey]));
    if (foreign !== undefined) {
      throw new PoisonError('invalid-operation', `field '${foreign.partitionKey}' begins like a key of the kit's own`);
    }
    return own;
  }
}

/** One change of an item: from which version to which, and the version that is passed on the way. */
interface Next {
  readonly previous: number;
  readonly version: number;
  readonly change: EntityChange;
  readonly note?: ReadonlySet<number>;
}

/** Why a write did not happen for what the commit or the item is; undefined where the store itself failed. */
function refusalOf(error: unknown, version: number): { readonly applied?: number; readonly error: Error } | undefined {
  if (error instanceof PoisonError) return { error };
  if (error instanceof Error && error.name === 'ConditionalCheckFailedException') {
    const old = 'Item' in error ? (error.Item as Record<string, { N?: string }> | undefined) : undefined;
    const applied = Number(old?.[VERSION]?.N ?? 0);
    if (applied === version - 1 && old?.[TOMBSTONE] !== undefined) return { applied, error: missing() };
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

function isForeign(value: unknown): boolean {
  return typeof value === 'string' && isGenerationKey(value);
}

/** The commits at the beginning that follow each other without a hole. */
function consecutive(commits: readonly Envelope[]): readonly Envelope[] {
  const first = commits[0]?.version ?? 0;
  const hole = commits.findIndex(({ version }, index) => version !== first + index);
  return hole < 0 ? commits : commits.slice(0, hole);
}

function missing(): PoisonError {
  return new PoisonError('entity-missing', 'set needs an existing entity, and this one is missing or removed: use put');
}
