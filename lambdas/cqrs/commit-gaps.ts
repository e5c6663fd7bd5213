import { ScanCommand, type ScanCommandInput } from '@aws-sdk/lib-dynamodb';
import type { CommitTable } from '../stores/index.js';
import { readScanCursor, writeScanCursor } from './commit-history.js';
import { isState } from './commit-keys.js';

/** Versions of a stream that are not kept. */
export interface CommitGap {
  readonly stream: string;
  readonly from: number;
  readonly to: number;
}

/** What a table of commits holds. Of several pages the numbers are added up. */
export interface GapReport {
  readonly commits: number;
  readonly streams: number;
  /** How many versions are missing before others that are there. */
  readonly missing: number;
  /** The first of the gaps. */
  readonly gaps: readonly CommitGap[];
  /** Where to go on; left out where all was looked at. */
  readonly cursor?: string;
}

/** So many gaps of a page are named. */
const NAMED = 10;

/** A page is not begun while less time than this is left, in milliseconds. */
const PAGE_TIME = 20_000;

/**
 * Counts the commits of a table and finds the versions that are missing before others, as far as there is time. It reads
 * the whole table. What is missing after the newest commit of a stream, no table can say.
 */
export async function commitGaps(
  { client, table }: CommitTable,
  remaining: () => number,
  cursor?: string,
): Promise<GapReport> {
  const last = readScanCursor(cursor);
  // A scan gives each partition whole and in the order of its keys, and its cursor is the commit before.
  let before = last && { stream: last.stream, version: Number(last.version) };
  let start: ScanCommandInput['ExclusiveStartKey'] = last;
  let [commits, streams, missing] = [0, 0, 0];
  const gaps: CommitGap[] = [];
  do {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new ScanCommand({
        TableName: table,
        ConsistentRead: true,
        ProjectionExpression: '#stream, #version',
        ExpressionAttributeNames: { '#stream': 'stream', '#version': 'version' },
        ExclusiveStartKey: start,
      }),
    );
    for (const { stream, version: key } of Items) {
      if (typeof stream !== 'string' || typeof key !== 'string' || isState(stream)) continue;
      const version = Number(key);
      const from = 1 + (before?.stream === stream ? before.version : 0);
      commits += 1;
      if (before?.stream !== stream) streams += 1;
      missing += version - from;
      if (version > from && gaps.length < NAMED) gaps.push({ stream, from, to: version - 1 });
      before = { stream, version };
    }
    start = LastEvaluatedKey;
  } while (start !== undefined && remaining() > PAGE_TIME);
  return { commits, streams, missing, gaps, ...(start === undefined ? {} : { cursor: writeScanCursor(start) }) };
}
