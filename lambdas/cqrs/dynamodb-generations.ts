import {
  BatchWriteCommand,
  DeleteCommand,
  GetCommand,
  PutCommand,
  ScanCommand,
  type BatchWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { bounded } from './bounded.js';
import { jittered, type Waiting } from './backoff.js';
import type { GenerationRecord } from './generation.js';
import { GENERATION_ITEM, isGenerationKey, prefixOf } from './generation-keys.js';
import { readRecord, recordKey } from './live-generation.js';
import type { Generations } from './view-store.js';
import type { ViewTable } from './view-table.js';

/** DynamoDB deletes at most 25 items in a batch. */
const BATCH = 25;
const BATCHES_AT_ONCE = 4;
const ROUNDS = 10;

type Key = Record<string, unknown>;
type Pending = NonNullable<BatchWriteCommandInput['RequestItems']>;

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

  /** The record alone says which generation readers see. */
  async publish(): Promise<void> {
    return Promise.resolve();
  }

  /** One page of a scan. Where it ended is kept in an item, so that the next portion does not begin anew. */
  async drop(generation: number): Promise<boolean> {
    const { client, table, partitionKey, sortKey } = this.table;
    const place = { ...recordKey(this.table), [partitionKey]: `${GENERATION_ITEM}#${generation}` };
    const { Item: ended } = await client.send(new GetCommand({ TableName: table, Key: place, ConsistentRead: true }));
    const prefix = prefixOf(generation);
    const answer = await client.send(
      new ScanCommand({
        TableName: table,
        ConsistentRead: true,
        ExclusiveStartKey: ended?.[GENERATION_ITEM] as Key | undefined,
        ExpressionAttributeNames: { '#key': partitionKey, ...(sortKey === undefined ? {} : { '#sort': sortKey }) },
        ProjectionExpression: sortKey === undefined ? '#key' : '#key, #sort',
        ...(prefix === ''
          ? {}
          : { FilterExpression: 'begins_with(#key, :prefix)', ExpressionAttributeValues: { ':prefix': prefix } }),
      }),
    );
    const keys = (answer.Items ?? []).filter((key) => prefix !== '' || !isGenerationKey(String(key[partitionKey])));
    const batches = Array.from({ length: Math.ceil(keys.length / BATCH) }, (_, n) =>
      keys.slice(n * BATCH, (n + 1) * BATCH),
    );
    await bounded(batches, BATCHES_AT_ONCE, (batch) => this.delete(batch));
    const next = answer.LastEvaluatedKey;
    if (next === undefined) await client.send(new DeleteCommand({ TableName: table, Key: place }));
    else await client.send(new PutCommand({ TableName: table, Item: { ...place, [GENERATION_ITEM]: next } }));
    return next !== undefined;
  }

  private async delete(keys: readonly Key[]): Promise<void> {
    const { client, table } = this.table;
    let pending: Pending = { [table]: keys.map((Key) => ({ DeleteRequest: { Key } })) };
    for (let round = 0; Object.keys(pending).length > 0; round += 1) {
      if (round === ROUNDS) throw new Error(`table '${table}' left items undeleted ${ROUNDS} times in a row`);
      if (round > 0) await jittered(this.waiting, round, 50, 2000);
      const answer = await client.send(new BatchWriteCommand({ RequestItems: pending }));
      pending = answer.UnprocessedItems ?? {};
    }
  }
}
