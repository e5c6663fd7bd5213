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
import { TableBusyError } from './table-busy.js';
import { CONTROL_PREFIXES, TOTAL, VERSION, type ViewTable } from './view-table.js';

/** DynamoDB deletes at most 25 items in a batch. */
const BATCH = 25;
const BATCHES_AT_ONCE = 4;
const ROUNDS = 10;

type Key = Record<string, unknown>;
type Pending = NonNullable<BatchWriteCommandInput['RequestItems']>;

/**
 * Deletes what one page of a scan holds of a generation. Where it ended is kept in an item, so that the next portion does
 * not begin anew. The keys of the first generation say nothing about whose they are: an item without a mark of the kit's
 * is somebody else's, and stays.
 *
 * @returns whether something may be left
 * @throws TableBusyError if the table leaves items undeleted each time.
 */
export async function dropPortion(view: ViewTable, waiting: Waiting, generation: number): Promise<boolean> {
  const { client, table, partitionKey, sortKey } = view;
  const place = { ...recordKey(view), [partitionKey]: `${GENERATION_ITEM}#${generation}` };
  const { Item: ended } = await client.send(new GetCommand({ TableName: table, Key: place, ConsistentRead: true }));
  const mark = markOf(generation);
  const answer = await client.send(
    new ScanCommand({
      TableName: table,
      ConsistentRead: true,
      ExclusiveStartKey: ended?.[GENERATION_ITEM] as Key | undefined,
      ProjectionExpression: sortKey === undefined ? '#key' : '#key, #sort',
      FilterExpression: mark.expression,
      ExpressionAttributeNames: {
        '#key': partitionKey,
        ...(sortKey === undefined ? {} : { '#sort': sortKey }),
        ...mark.names,
      },
      ExpressionAttributeValues: mark.values,
    }),
  );
  const keys = (answer.Items ?? []).filter((key) => generation > 1 || !isGenerationKey(String(key[partitionKey])));
  const batches = Array.from({ length: Math.ceil(keys.length / BATCH) }, (_, n) =>
    keys.slice(n * BATCH, (n + 1) * BATCH),
  );
  await bounded(batches, BATCHES_AT_ONCE, (batch) => deleted(view, waiting, batch));
  const next = answer.LastEvaluatedKey;
  if (next === undefined) await client.send(new DeleteCommand({ TableName: table, Key: place }));
  else await client.send(new PutCommand({ TableName: table, Item: { ...place, [GENERATION_ITEM]: next } }));
  return next !== undefined;
}

/** What tells the items of a generation from all others. */
function markOf(generation: number): {
  readonly expression: string;
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, string>>;
} {
  if (generation > 1) {
    return { expression: 'begins_with(#key, :prefix)', names: {}, values: { ':prefix': prefixOf(generation) } };
  }
  const control = CONTROL_PREFIXES.map((_, n) => `begins_with(#key, :control${n})`);
  return {
    expression: ['attribute_exists(#version)', 'attribute_exists(#total)', ...control].join(' OR '),
    names: { '#version': VERSION, '#total': TOTAL },
    values: Object.fromEntries(CONTROL_PREFIXES.map((prefix, n) => [`:control${n}`, prefix])),
  };
}

async function deleted({ client, table }: ViewTable, waiting: Waiting, keys: readonly Key[]): Promise<void> {
  let pending: Pending = { [table]: keys.map((Key) => ({ DeleteRequest: { Key } })) };
  for (let round = 0; Object.keys(pending).length > 0; round += 1) {
    if (round === ROUNDS) throw new TableBusyError(table, `items were left undeleted ${ROUNDS} times in a row`);
    if (round > 0) await jittered(waiting, round, 50, 2000);
    const answer = await client.send(new BatchWriteCommand({ RequestItems: pending }));
    pending = answer.UnprocessedItems ?? {};
  }
}
