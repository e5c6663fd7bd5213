import {
  BatchWriteCommand,
  DeleteCommand,
  GetCommand,
  PutCommand,
  ScanCommand,
  type BatchWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { jittered, type Waiting } from './backoff.js';
import { bounded } from './bounded.js';
import { GENERATION_ITEM, isGenerationKey, prefixOf } from './generation-keys.js';
import { recordKey } from './live-generation.js';
import type { ViewTable } from './view-table.js';

/** DynamoDB deletes at most 25 items in a batch. */
const BATCH = 25;
const BATCHES_AT_ONCE = 4;
const ROUNDS = 10;

type Key = Record<string, unknown>;
type Pending = NonNullable<BatchWriteCommandInput['RequestItems']>;

/**
 * Deletes what one page of a scan holds of a generation. Where it ended is kept in an item, so that the next portion does
 * not begin anew.
 *
 * @returns whether something may be left
 */
export async function dropPortion(view: ViewTable, waiting: Waiting, generation: number): Promise<boolean> {
  const { client, table, partitionKey, sortKey } = view;
  const place = { ...recordKey(view), [partitionKey]: `${GENERATION_ITEM}#${generation}` };
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
  await bounded(batches, BATCHES_AT_ONCE, (batch) => deleted(view, waiting, batch));
  const next = answer.LastEvaluatedKey;
  if (next === undefined) await client.send(new DeleteCommand({ TableName: table, Key: place }));
  else await client.send(new PutCommand({ TableName: table, Item: { ...place, [GENERATION_ITEM]: next } }));
  return next !== undefined;
}

async function deleted({ client, table }: ViewTable, waiting: Waiting, keys: readonly Key[]): Promise<void> {
  let pending: Pending = { [table]: keys.map((Key) => ({ DeleteRequest: { Key } })) };
  for (let round = 0; Object.keys(pending).length > 0; round += 1) {
    if (round === ROUNDS) throw new Error(`table '${table}' left items undeleted ${ROUNDS} times in a row`);
    if (round > 0) await jittered(waiting, round, 50, 2000);
    const answer = await client.send(new BatchWriteCommand({ RequestItems: pending }));
    pending = answer.UnprocessedItems ?? {};
  }
}
