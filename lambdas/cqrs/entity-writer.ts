import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { bounded } from './bounded.js';
import { fold, type EntityChange, type EntityOperation, type Fields } from './entity-operations.js';
import { entityId, type Envelope } from './envelope.js';
import { PoisonError } from './poison.js';
import { isControlKey, isRefused, TOMBSTONE, VERSION, type ViewTable } from './view-table.js';
import type { Progress, StreamCommits, VersionItem, ViewWriter } from './view-writer.js';

/** How many streams of a batch are written at the same time. */
const STREAMS_AT_ONCE = 10;

/**
 * Writes an entity view: one item per stream. A commit is one conditional write (version = applied + 1), and the item
 * that a refused condition returns tells a duplicate from a gap, so that nothing is read where nothing is wrong.
 */
export class EntityWriter implements ViewWriter {
  constructor(
    private readonly table: ViewTable,
    private readonly operationsOf: (commit: Envelope) => Promise<readonly EntityOperation[]>,
  ) {}

  async advance(work: readonly StreamCommits[]): Promise<Map<string, Progress>> {
    const progress = await bounded(work, STREAMS_AT_ONCE, async (one) => [one.stream, await this.follow(one)] as const);
    return new Map(progress);
  }

  async applied(stream: string): Promise<number> {
    const { client, table } = this.table;
    const answer = await client.send(
      new GetCommand({
        TableName: table,
        Key: this.versionItem(stream).key,
        ConsistentRead: true,
        ProjectionExpression: '#version',
        ExpressionAttributeNames: { '#version': VERSION },
      }),
    );
    return Number(answer.Item?.[VERSION] ?? 0);
  }

  versionItem(stream: string): VersionItem {
    return { key: { [this.table.partitionKey]: entityId(stream) }, attribute: VERSION };
  }

  private async follow({ stream, commits, pass }: StreamCommits): Promise<Progress> {
    let known: number | undefined;
    for (const commit of commits) {
      if (known !== undefined && commit.version <= known) continue;
      if (known !== undefined && commit.version > known + 1) return { state: 'gap', applied: known };
      try {
        await this.write(stream, commit, pass === commit.version);
        known = commit.version;
      } catch (error) {
        const refusal = refusalOf(error, commit.version);
        if (refusal === undefined) return { state: 'failed', applied: known ?? 0, error };
        try {
          known = refusal.applied ?? (await this.applied(stream));
        } catch (unreadable) {
          return { state: 'failed', applied: known ?? 0, error: unreadable };
        }
        if (known < commit.version - 1) return { state: 'gap', applied: known };
        if (known === commit.version - 1) return { state: 'poison', applied: known, error: refusal.error };
      }
    }
    return { state: 'current', applied: known ?? 0 };
  }

  private async write(stream: string, commit: Envelope, pass: boolean): Promise<void> {
    const change: EntityChange = pass ? { operation: 'pass' } : fold(await this.operationsOf(commit));
    const { client } = this.table;
    const key = this.keyOf(stream);
    if (change.operation === 'set' || (change.operation === 'pass' && commit.version > 1)) {
      await client.send(this.update(key, commit.version, change));
    } else {
      await client.send(this.replace(key, commit.version, change));
    }
  }

  private update(key: Record<string, string>, version: number, change: EntityChange): UpdateCommand {
    if (version === 1) throw missing();
    const fields = change.operation === 'set' ? Object.entries(this.ownFields(key, change.fields)) : [];
    const names: Record<string, string> = { '#version': VERSION };
    const values: Record<string, unknown> = { ':version': version, ':previous': version - 1 };
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
    return new UpdateCommand({
      TableName: this.table.table,
      Key: key,
      UpdateExpression: `SET ${sets.join(', ')}${removes.length > 0 ? ` REMOVE ${removes.join(', ')}` : ''}`,
      ConditionExpression: `#version = :previous${change.operation === 'set' ? ' AND attribute_not_exists(#tombstone)' : ''}`,
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: values,
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
  }

  private replace(key: Record<string, string>, version: number, change: EntityChange): PutCommand {
    const content = change.operation === 'put' ? this.ownFields(key, change.fields) : { [TOMBSTONE]: true };
    return new PutCommand({
      TableName: this.table.table,
      Item: { ...content, ...key, [VERSION]: version },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      ...(version === 1
        ? {
            ConditionExpression: 'attribute_not_exists(#key)',
            ExpressionAttributeNames: { '#key': this.table.partitionKey },
          }
        : {
            ConditionExpression: '#version = :previous',
            ExpressionAttributeNames: { '#version': VERSION },
            ExpressionAttributeValues: { ':previous': version - 1 },
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

  /** The fields without the key, which is the entity's id and nothing else. */
  private ownFields(key: Record<string, string>, fields: Fields): Fields {
    const { [this.table.partitionKey]: given, ...own } = fields;
    if (given !== undefined && given !== key[this.table.partitionKey]) {
      throw new PoisonError(
        'invalid-operation',
        `field '${this.table.partitionKey}' must be the entity's id or be left out`,
      );
    }
    const reserved = [VERSION, TOMBSTONE].find((name) => name in own);
    if (reserved !== undefined) {
      throw new PoisonError('invalid-operation', `field '${reserved}' is kept by the kit: use another name`);
    }
    return own;
  }
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

function missing(): PoisonError {
  return new PoisonError('entity-missing', 'set needs an existing entity, and this one is missing or removed: use put');
}
