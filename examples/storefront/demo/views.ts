import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';

/** An item of a table. */
export type Item = Record<string, unknown>;

/** What a view's table holds. */
export interface View {
  /** The items that readers see. */
  readonly items: Item[];
  /** The streams that are parked. */
  readonly parked: string[];
}

/** Reads a view's table, or one of its indexes, to its end. */
export async function readView(table: string, key: string, index?: string): Promise<View> {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient());
  const all: Item[] = [];
  const input = { TableName: table, IndexName: index, ConsistentRead: index === undefined };
  for await (const { Items = [] } of paginateScan({ client }, input)) all.push(...Items);
  client.destroy();
  const keyOf = (item: Item): string => String(item[key]);
  return {
    // The kit's own items have keys that begin with an underscore.
    items: all.filter((item) => !keyOf(item).startsWith('_')),
    parked: all.map(keyOf).flatMap((value) => /^_parked#(.+)$/.exec(value)?.[1] ?? []),
  };
}

/** A view of items by one of their attributes, each reduced to some others. */
export function byKey(items: readonly Item[], key: (item: Item) => string, fields: readonly string[]): Item {
  return Object.fromEntries(
    items.map((item) => [key(item), Object.fromEntries(fields.map((name) => [name, item[name] ?? 0]))]),
  );
}
