import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import type { Fields } from '../support/checker/index.js';

/** What the item `_generation` of a view's table says. */
export interface Generation {
  /** The generation that readers see. */
  readonly live: number;
  readonly next?: number;
  readonly job?: { readonly state: string; readonly step: string };
}

/** A view's table as it is documented: each generation after the first has `_g<n>#` before its keys. */
export interface GenerationTable {
  readonly generation: Generation;
  /** The items that readers see, with the keys that they were given. */
  readonly items: readonly Fields[];
  /** The streams that stand still. */
  readonly parked: readonly string[];
}

/** Reads a view's table to its end. `keys`: its partition key, then those of its indexes. */
export async function readGenerations(table: string, keys: readonly [string, ...string[]]): Promise<GenerationTable> {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient());
  const all: Fields[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName: table, ConsistentRead: true })) {
    all.push(...Items);
  }
  client.destroy();
  const [key] = keys;
  const keyOf = (item: Fields): string => String(item[key]);
  const record = all.find((item) => keyOf(item) === '_generation')?.['_generation'] as Generation | undefined;
  const generation = record ?? { live: 1 };
  const prefix = generation.live === 1 ? '' : `_g${generation.live}#`;
  const live = all
    .filter((item) => (/^_g\d+#/.exec(keyOf(item))?.[0] ?? '') === prefix)
    .map((item) => stripped(item, keys, prefix));
  return {
    generation,
    items: live.filter((item) => !keyOf(item).startsWith('_')),
    parked: live.flatMap((item) => /^_parked#(.+)$/.exec(keyOf(item))?.[1] ?? []),
  };
}

function stripped(item: Fields, keys: readonly string[], prefix: string): Fields {
  const entries = Object.entries(item).map(([name, value]) => [
    name,
    keys.includes(name) && typeof value === 'string' && value.startsWith(prefix) ? value.slice(prefix.length) : value,
  ]);
  return Object.fromEntries(entries) as Fields;
}
