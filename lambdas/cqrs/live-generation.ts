import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../stores/index.js';
import { FIRST, liveAt, type GenerationRecord } from './generation.js';
import { GENERATION_ITEM } from './generation-keys.js';
import { recordCopy } from './record-copy.js';
import type { ViewTable } from './view-table.js';

/** The generation to read now. Ask anew for each request to the table: a read that waits may outlive a swap. */
export type LiveGeneration = () => Promise<number>;

/**
 * The generation of a table that readers see. The record is read every 2 s at most and says ahead of time when readers
 * move on, so that all of them do at the same instant.
 */
export function liveGeneration(table: ViewTable, now: Clock): LiveGeneration {
  const copy = recordCopy(() => readRecord(table), now);
  return async () => liveAt(await copy(), now().getTime());
}

/** The record as the table has it. */
export async function readRecord(table: ViewTable): Promise<GenerationRecord> {
  const { client, table: name } = table;
  const answer = await client.send(new GetCommand({ TableName: name, Key: recordKey(table), ConsistentRead: true }));
  const record = answer.Item?.[GENERATION_ITEM] as GenerationRecord | undefined;
  return record ?? FIRST;
}

/** The key of the item that holds the record. */
export function recordKey({ partitionKey, sortKey }: ViewTable): Record<string, string> {
  return { [partitionKey]: GENERATION_ITEM, ...(sortKey === undefined ? {} : { [sortKey]: '#' }) };
}
