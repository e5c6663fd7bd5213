import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { EntityChange, Fields } from './entity-operations.js';
import { entityId } from './envelope.js';
import { GenerationKeys, isGenerationKey } from './generation-keys.js';
import { PoisonError } from './poison.js';
import { isControlKey, PASSED, TOMBSTONE, VERSION, type IndexedTable } from './view-table.js';

/** One change of an entity's item: from which version to which. */
export interface ItemChange {
  readonly previous: number;
  readonly version: number;
  readonly change: EntityChange;
  /** A version that is passed on the way, and noted. */
  readonly passed?: number;
}

/** The items of the entities in one generation: one per entity, each change one conditional request. */
export class EntityItems {
  private readonly keys: GenerationKeys;

  constructor(
    private readonly table: IndexedTable,
    generation: number,
  ) {
    this.keys = new GenerationKeys(table, generation);
  }

  /** The key of an entity's item, as its handler sees it. */
  keyOf(stream: string): Record<string, string> {
    const id = entityId(stream);
    if (isControlKey(id)) {
      throw new PoisonError('invalid-operation', `'${stream}' begins like an item of the kit: use another id`);
    }
    return { [this.table.partitionKey]: id };
  }

  /** The key of an entity's item, as it is stored. */
  storedKeyOf(stream: string): Record<string, string> {
    return this.keys.encodeItem({ [this.table.partitionKey]: entityId(stream) });
  }

  /** The fields without the key, which is the entity's id and nothing else. */
  ownFields(key: Record<string, string>, fields: Fields): Fields {
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

  /** Changes an item, if it holds the version before. The error of a refused condition has the item as it was. */
  async change(stream: string, item: ItemChange): Promise<void> {
    const { client } = this.table;
    const { operation } = item.change;
    const key = this.keyOf(stream);
    if (operation === 'set' || (operation === 'pass' && item.previous > 0)) await client.send(this.update(key, item));
    else await client.send(this.replace(key, item));
  }

  private update(key: Record<string, string>, { previous, version, change, passed }: ItemChange): UpdateCommand {
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
    if (passed !== undefined) {
      names['#passed'] = PASSED;
      values[':passed'] = new Set([passed]);
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
  private replace(key: Record<string, string>, { previous, version, change, passed }: ItemChange): PutCommand {
    const content = change.operation === 'put' ? this.stored(key, change.fields) : { [TOMBSTONE]: true };
    const note = passed === undefined ? {} : { [PASSED]: new Set([passed]) };
    return new PutCommand({
      TableName: this.table.table,
      Item: { ...content, ...this.keys.encodeItem(key), [VERSION]: version, ...note },
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

  /** The fields as this generation stores them. */
  private stored(key: Record<string, string>, fields: Fields): Fields {
    return this.keys.encodeItem(this.ownFields(key, fields));
  }
}

function isForeign(value: unknown): boolean {
  return typeof value === 'string' && isGenerationKey(value);
}
