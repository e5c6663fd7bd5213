import { ScanCommand, type ScanCommandInput } from '@aws-sdk/lib-dynamodb';
import type { CommitTable } from '../stores/index.js';
import { readScanCursor, writeScanCursor } from './commit-history.js';
import { commitItem } from './commit-items.js';
import { publishAll, UnpublishedError, type CommitRelayDependencies } from './commit-relay.js';
import { systemLog } from './log.js';

/** What a run of `republish` came to. */
export interface RepublishReport {
  readonly published: number;
  /** Where to go on; left out where all is done. */
  readonly cursor?: string;
}

/** A question that `republish` does not understand. */
export class RepublishRequestError extends TypeError {
  override readonly name = 'RepublishRequestError';
  readonly code = 'invalid-republish-request';
}

/** A page is not begun while less time than this is left, in milliseconds. */
const PAGE_TIME = 20_000;

/**
 * Publishes the commits of a table again that were made at a time or later: for what its stream has lost, which keeps
 * 24 hours. It reads the whole table, as much as there is time for; call it again with the cursor while there is one.
 * Clocks differ, so begin some minutes before the loss; what a subscriber has it passes over.
 *
 * @param request - `{ from, cursor? }`, `from` an ISO 8601 time
 * @throws RepublishRequestError if it is none.
 * @throws UnpublishedError if the bus took nothing.
 */
export async function republish(
  { client, table }: CommitTable,
  request: unknown,
  deps: CommitRelayDependencies,
): Promise<RepublishReport> {
  const { from, cursor } = questionOf(request);
  const { remaining, log = systemLog } = deps;
  let start: ScanCommandInput['ExclusiveStartKey'] = readScanCursor(cursor);
  let published = 0;
  let isFirst = true;
  while (isFirst || (start !== undefined && remaining() > PAGE_TIME)) {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new ScanCommand({
        TableName: table,
        ConsistentRead: true,
        FilterExpression: 'attribute_exists(#commit) and #at >= :from',
        ExpressionAttributeNames: { '#commit': 'commit', '#at': 'at' },
        ExpressionAttributeValues: { ':from': from },
        ExclusiveStartKey: start,
      }),
    );
    try {
      published += await publishAll(
        Items.flatMap((item) => commitItem(item) ?? []),
        deps,
      );
    } catch (error) {
      if (isFirst || !(error instanceof UnpublishedError)) throw error;
      break; // what was published before is not lost: go on from here
    }
    start = LastEvaluatedKey;
    isFirst = false;
  }
  log({ level: 'info', message: 'republished', published, isDone: start === undefined });
  return { published, ...(start === undefined ? {} : { cursor: writeScanCursor(start) }) };
}

function questionOf(request: unknown): { readonly from: number; readonly cursor?: string } {
  const { from, cursor }: { from?: unknown; cursor?: unknown } = typeof request === 'object' ? (request ?? {}) : {};
  const time = typeof from === 'string' ? Date.parse(from) : NaN;
  if (Number.isNaN(time) || !(cursor === undefined || typeof cursor === 'string')) {
    throw new RepublishRequestError('ask with { "from": "2026-01-31T12:00:00Z" }, and with the cursor to go on');
  }
  return { from: Math.floor(time / 1000), cursor };
}
