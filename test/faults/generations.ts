import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, paginateScan } from '@aws-sdk/lib-dynamodb';
import type { Fields } from '../support/checker/index.js';
import type { System } from './system.js';
import { VIEWS, type ViewName } from './views.js';

/** What the item `_generation` of a view's table says. */
export interface Generation {
  /** The generation that readers see. */
  readonly live: number;
  /** Counts the changes of the record. */
  readonly revision: number;
  readonly next?: number;
  readonly job?: {
    readonly state: string;
    readonly step: string;
    readonly rollback?: true;
    readonly problem?: { readonly code: string; readonly message: string; readonly streams: readonly string[] };
  };
}

/** A view's table as it is documented: each generation after the first has `_g<n>#` before its keys. */
export interface GenerationTable {
  readonly generation: Generation;
  /** The items that readers see, with the keys that they were given. */
  readonly items: readonly Fields[];
  /** The streams that stand still. */
  readonly parked: readonly string[];
  /** How many items there are of generations that readers do not see. */
  readonly others: number;
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
  const generation = record ?? { live: 1, revision: 0 };
  const prefix = generation.live === 1 ? '' : `_g${generation.live}#`;
  const isLive = (item: Fields): boolean => (/^_g\d+#/.exec(keyOf(item))?.[0] ?? '') === prefix;
  const live = all.filter(isLive).map((item) => stripped(item, keys, prefix));
  return {
    generation,
    items: live.filter((item) => !keyOf(item).startsWith('_')),
    parked: live.flatMap((item) => /^_parked#(.+)$/.exec(keyOf(item))?.[1] ?? []),
    others: all.filter((item) => !isLive(item) && keyOf(item) !== '_generation').length,
  };
}

/** The record of a view's generations, as it is documented. */
export async function generationOf(system: System, name: ViewName): Promise<Generation> {
  const view = VIEWS[name];
  if ('sql' in view) {
    const [row] = await system.sql('insights', `select record from dbpatterns_view.view where name = '${view.sql}'`);
    const record = row?.record;
    return typeof record === 'string' ? (JSON.parse(record) as Generation) : { live: 1, revision: 0 };
  }
  const client = DynamoDBDocumentClient.from(new DynamoDBClient());
  const Key = { [view.keys[0]]: '_generation', ...('sortKey' in view ? { [view.sortKey]: '#' } : {}) };
  const { Item } = await client.send(new GetCommand({ TableName: tableOf(system, view), Key, ConsistentRead: true }));
  client.destroy();
  return (Item?.['_generation'] as Generation | undefined) ?? { live: 1, revision: 0 };
}

/** What the table of a view holds, to its end. */
export function readTable(system: System, name: Exclude<ViewName, 'the baskets'>): Promise<GenerationTable> {
  const view = VIEWS[name];
  return readGenerations(tableOf(system, view), view.keys);
}

function tableOf({ shop }: System, { table }: { readonly table: string }): string {
  return shop.physical(table, 'AWS::DynamoDB::GlobalTable');
}

function stripped(item: Fields, keys: readonly string[], prefix: string): Fields {
  const entries = Object.entries(item).map(([name, value]) => [
    name,
    keys.includes(name) && typeof value === 'string' && value.startsWith(prefix) ? value.slice(prefix.length) : value,
  ]);
  return Object.fromEntries(entries) as Fields;
}
