import { BatchGetCommand, type BatchGetCommandOutput } from '@aws-sdk/lib-dynamodb';
import { jittered, type Waiting } from './backoff.js';
import { TableBusyError } from './table-busy.js';
import type { ViewTable } from './view-table.js';

/** DynamoDB reads at most 100 items in a batch. */
const BATCH = 100;
const ROUNDS = 8;

type Item = Record<string, unknown>;
type Pending = NonNullable<BatchGetCommandOutput['UnprocessedKeys']>;

/**
 * Reads items by their keys, strongly consistent, and gives them in the order of the keys (undefined: there is none).
 * What DynamoDB leaves unread under load is asked for again.
 *
 * @throws TableBusyError if it is left unread each time.
 */
export async function readItems(
  table: ViewTable,
  keys: readonly Item[],
  waiting: Waiting,
): Promise<(Item | undefined)[]> {
  const found = new Map<string, Item>();
  const textOf = (item: Item): string => JSON.stringify([item[table.partitionKey], item[table.sortKey ?? ''] ?? null]);
  const wanted = [...new Map(keys.map((key) => [textOf(key), key])).values()];
  for (let from = 0; from < wanted.length; from += BATCH) {
    let pending: Pending = { [table.table]: { Keys: wanted.slice(from, from + BATCH), ConsistentRead: true } };
    for (let round = 0; Object.keys(pending).length > 0; round += 1) {
      if (round === ROUNDS) throw new TableBusyError(table.table, `items were left unread ${ROUNDS} times in a row`);
      if (round > 0) await jittered(waiting, round, 50, 1000);
      const answer = await table.client.send(new BatchGetCommand({ RequestItems: pending }));
      for (const item of answer.Responses?.[table.table] ?? []) found.set(textOf(item), item);
      pending = answer.UnprocessedKeys ?? {};
    }
  }
  return keys.map((key) => found.get(textOf(key)));
}
