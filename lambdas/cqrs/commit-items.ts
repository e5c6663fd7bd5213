import { GetCommand, QueryCommand, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import type { CommitTable } from '../stores/index.js';
import { isState, LAST_VERSION, STATE, stateKey, versionKey } from './commit-keys.js';
import type { StoredCommit } from './outbox.js';
import type { StateItem, StateRange, StateReader } from './state-items.js';

/** A commit as its item says it, with the command that made it. */
export interface CommitItem extends StoredCommit {
  /** The command's id. */
  readonly command: string;
  readonly fingerprint: string;
  /** When, in seconds since 1970. */
  readonly at: number;
}

/** The commit of an item; undefined for an item of state, or of anybody else. */
export function commitItem(item: Readonly<Record<string, unknown>> | undefined): CommitItem | undefined {
  const { stream, version, commit, command, fingerprint, at } = item ?? {};
  if (typeof stream !== 'string' || isState(stream) || typeof version !== 'string') return undefined;
  if (typeof commit !== 'string' || typeof command !== 'string' || typeof fingerprint !== 'string') return undefined;
  return typeof at === 'number' ? { stream, version: Number(version), commit, command, fingerprint, at } : undefined;
}

/** A page of one stream's commits after a version. Consistent: what was acknowledged is in it. */
export async function commitsAfter(
  { client, table }: CommitTable,
  stream: string,
  version: number,
): Promise<{ readonly commits: readonly CommitItem[]; readonly more: boolean }> {
  const { Items = [], LastEvaluatedKey } = await client.send(
    new QueryCommand({
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: '#stream = :stream and #version between :from and :to',
      ExpressionAttributeNames: { '#stream': 'stream', '#version': 'version' },
      ExpressionAttributeValues: {
        ':stream': stream,
        ':from': versionKey(version + 1),
        ':to': versionKey(LAST_VERSION),
      },
    }),
  );
  return { commits: Items.flatMap((item) => commitItem(item) ?? []), more: LastEvaluatedKey !== undefined };
}

/** The newest version of a stream; 0 if there is none. */
export async function newestVersion({ client, table }: CommitTable, stream: string): Promise<number> {
  const { Items = [] } = await client.send(
    new QueryCommand({
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: '#stream = :stream',
      ProjectionExpression: '#stream, #version',
      ExpressionAttributeNames: { '#stream': 'stream', '#version': 'version' },
      ExpressionAttributeValues: { ':stream': stream },
      ScanIndexForward: false,
      Limit: 1,
    }),
  );
  return Number(Items[0]?.['version'] ?? 0);
}

/** Reads the state in a commit table. */
export function stateReader({ client, table }: CommitTable): StateReader {
  return {
    get: async <Data>(partition: string, key: string) => {
      const input = { TableName: table, Key: stateKey(partition, key), ConsistentRead: true };
      const { Item } = await client.send(new GetCommand(input));
      return Item && stateItem<Data>(partition, Item);
    },
    query: async <Data>(partition: string, range: StateRange = {}) => {
      const found: StateItem<Data>[] = [];
      const input = rangeQuery(table, partition, range);
      let start: QueryCommandInput['ExclusiveStartKey'];
      do {
        const left = range.limit === undefined ? {} : { Limit: range.limit - found.length };
        const page = await client.send(new QueryCommand({ ...input, ...left, ExclusiveStartKey: start }));
        found.push(...(page.Items ?? []).map((item) => stateItem<Data>(partition, item)));
        start = page.LastEvaluatedKey;
      } while (start !== undefined && found.length < (range.limit ?? Infinity));
      return found;
    },
  };
}

function rangeQuery(table: string, partition: string, { from, to, descending }: StateRange): QueryCommandInput {
  const conditions = ['#stream = :stream'];
  if (from !== undefined && to !== undefined) conditions.push('#version between :from and :to');
  else if (from !== undefined) conditions.push('#version >= :from');
  else if (to !== undefined) conditions.push('#version <= :to');
  const named = { ':stream': STATE + partition, ':from': from, ':to': to };
  return {
    TableName: table,
    ConsistentRead: true,
    KeyConditionExpression: conditions.join(' and '),
    ExpressionAttributeNames: { '#stream': 'stream', ...(conditions.length > 1 ? { '#version': 'version' } : {}) },
    ExpressionAttributeValues: Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined)),
    ScanIndexForward: descending !== true,
  };
}

function stateItem<Data>(partition: string, item: Readonly<Record<string, unknown>>): StateItem<Data> {
  const { version, data, revision } = item;
  return { partition, key: String(version), data: JSON.parse(String(data)) as Data, revision: Number(revision) };
}
