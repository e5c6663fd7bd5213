import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { ScanCommand, type ScanCommandInput } from '@aws-sdk/lib-dynamodb';
import { listIn } from '../private/json.js';
import { systemClock, type Clock, type CommitTable } from '../stores/index.js';
import { commitItem, commitsAfter, type CommitItem } from './commit-items.js';
import { versionKey } from './commit-keys.js';
import { HistoryExpiredError } from './history-expired.js';
import { HistoryRequestError, type HistorySource } from './history.js';

/** Where commits are imported, one may come before those that it follows; after so many seconds they come no more. */
export const LOST_AFTER = 3600;

/** How many items a scan that looks for a few commits reads at most, and in how many requests, for one page. */
const SCANNED_AT_ONCE = 1000;
const SCANS = 10;

/** History as a commit store keeps it: for ever. What an import has never brought is as lost as what was cleaned up. */
export function commitHistory(store: CommitTable, now: Clock = systemClock): HistorySource {
  const { client, table } = store;
  return {
    async stream({ stream, from }) {
      const page = await commitsAfter(store, stream, from - 1);
      const [first] = page.commits;
      if (first !== undefined && first.version > from && first.at + LOST_AFTER < now().getTime() / 1000)
        throw new HistoryExpiredError(stream, first.version);
      return page;
    },
    // A scan gives each partition to one segment, and the items of a partition in the order of their keys.
    async segment({ streamName, segment, segments, cursor, most }) {
      let start: ScanCommandInput['ExclusiveStartKey'] = readScanCursor(cursor);
      let commits: CommitItem[] = [];
      // A limit counts what is read, also of other streams: where there is much of it, more is read at once.
      let limit = most;
      for (let scans = 0; scans === 0 || (scans < SCANS && start !== undefined && commits.length === 0); scans += 1) {
        const { Items = [], LastEvaluatedKey } = await client.send(
          new ScanCommand({
            TableName: table,
            ConsistentRead: true,
            Segment: segment,
            TotalSegments: segments,
            FilterExpression: 'begins_with(#stream, :name)',
            ExpressionAttributeNames: { '#stream': 'stream' },
            ExpressionAttributeValues: { ':name': `${streamName}/` },
            ExclusiveStartKey: start,
            Limit: limit,
          }),
        );
        commits = Items.flatMap((item) => commitItem(item) ?? []);
        start = LastEvaluatedKey;
        if (limit !== undefined) limit = Math.min(4 * limit, SCANNED_AT_ONCE);
      }
      const kept = commits.slice(0, most);
      const last = kept.at(-1);
      if (last !== undefined && kept.length < commits.length)
        return { commits: kept, cursor: writeScanCursor({ stream: last.stream, version: versionKey(last.version) }) };
      return { commits, ...(start === undefined ? {} : { cursor: writeScanCursor(start) }) };
    },
    // DynamoDB counts items every six hours or so, state among them; counting them now would cost a whole scan.
    async count() {
      const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
      return { commits: Table?.ItemCount ?? 0, exact: false };
    },
  };
}

/** Where a scan goes on. */
export const writeScanCursor = (key: Readonly<Record<string, unknown>>): string =>
  Buffer.from(JSON.stringify([key['stream'], key['version']])).toString('base64url');

/** @throws HistoryRequestError if it is no cursor of a scan. */
export function readScanCursor(cursor: string | undefined): { stream: string; version: string } | undefined {
  if (cursor === undefined) return undefined;
  const [stream, version] = listIn(Buffer.from(cursor, 'base64url').toString('utf8'));
  if (typeof stream === 'string' && typeof version === 'string') return { stream, version };
  throw new HistoryRequestError('this cursor is not of an answer of this function: begin again without one');
}
