import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Waiting } from './backoff.js';
import type { GenerationRecord } from './generation.js';
import { GENERATION_ITEM } from './generation-keys.js';
import { readRecord, recordKey } from './live-generation.js';
import type { Generations } from './view-store.js';
import type { ViewTable } from './view-table.js';

/** The generations of a view in one DynamoDB table, told apart by what their partition keys begin with. */
export class DynamoDbGenerations implements Generations {
  constructor(
    private readonly table: ViewTable,
    private readonly waiting: Waiting,
  ) {}

  async read(): Promise<GenerationRecord> {
    return readRecord(this.table);
  }

  async write(record: GenerationRecord): Promise<GenerationRecord | undefined> {
    const { client, table } = this.table;
    const written = { ...record, revision: record.revision + 1 };
    const isFirst = record.revision === 0;
    try {
      await client.send(
        new PutCommand({
          TableName: table,
          Item: { ...recordKey(this.table), [GENERATION_ITEM]: JSON.parse(JSON.stringify(written)) as unknown },
          ConditionExpression: isFirst ? 'attribute_not_exists(#record)' : '#record.#revision = :revision',
          ExpressionAttributeNames: { '#record': GENERATION_ITEM, ...(isFirst ? {} : { '#revision': 'revision' }) },
          ...(isFirst ? {} : { ExpressionAttributeValues: { ':revision': record.revision } }),
        }),
      );
      return written;
    } catch (error) {
      if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return undefined;
      throw error;
    }
  }

  /** A table has room for any generation. */
  async begin(): Promise<void> {
    return Promise.resolve();
  }

  /** Nothing hangs on items. */
  async mayPublish(): Promise<void> {
    return Promise.resolve();
  }

  /** The record alone says which generation readers see. */
  async publish(): Promise<void> {
    return Promise.resolve();
  }

  async drop(generation: number): Promise<boolean> {
    const { dropPortion } = await import('./dynamodb-drop.js');
    return dropPortion(this.table, this.waiting, generation);
  }
}
