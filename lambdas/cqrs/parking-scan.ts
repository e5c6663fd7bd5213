import { ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { prefixOf } from './generation-keys.js';
import { MOST_NAMED, STREAMS, UNNAMED, type ParkingDirectory, type ScanPlace } from './parking-directory.js';
import type { ParkingMark } from './view-store.js';
import { isRefused, PARKED } from './view-table.js';

/** A page ends after so many marks, or so many scans. */
const PAGE = 100;
const SCANS = 20;

/**
 * Marks that are found by a scan, where the directory does not name all. Those that are so few that it can name them are
 * entered on the way.
 */
export async function scannedMarks(
  parts: ParkingDirectory,
  from: ScanPlace,
): Promise<{ marks: readonly ParkingMark[]; cursor?: string }> {
  const { client, table, partitionKey } = parts.table;
  const marks: ParkingMark[] = [];
  let { start } = from;
  for (let scans = 0; scans < SCANS; scans += 1) {
    const answer = await client.send(
      new ScanCommand({
        TableName: table,
        ConsistentRead: true,
        FilterExpression: 'begins_with(#key, :prefix) AND attribute_exists(#parked)',
        ExpressionAttributeNames: { '#key': partitionKey, '#parked': PARKED },
        ExpressionAttributeValues: { ':prefix': `${prefixOf(parts.generation)}_parked#` },
        ExclusiveStartKey: start,
      }),
    );
    for (const item of answer.Items ?? []) marks.push(item[PARKED] as ParkingMark);
    start = answer.LastEvaluatedKey;
    if (start === undefined || marks.length >= PAGE) break;
  }
  const place: ScanPlace = { start, unnamed: from.unnamed, found: from.found + marks.length };
  if (place.found < MOST_NAMED) await mend(parts, marks, place);
  return { marks, ...(start === undefined ? {} : { cursor: JSON.stringify(place) }) };
}

/**
 * Names what a scan has found. Where that was all, the directory names all again, unless a stream came meanwhile that
 * it could not name. One that is followed again meanwhile has no mark, and its name does no harm.
 */
async function mend(
  { table: { client, table }, directory }: ParkingDirectory,
  marks: readonly ParkingMark[],
  { start, unnamed }: ScanPlace,
): Promise<void> {
  const isAll = start === undefined;
  if (!isAll && marks.length === 0) return;
  const streams = new Set(marks.map(({ stream }) => stream));
  try {
    await client.send(
      new UpdateCommand({
        TableName: table,
        Key: directory,
        UpdateExpression: [
          ...(streams.size > 0 ? ['ADD #streams :streams'] : []),
          ...(isAll ? ['REMOVE #unnamed'] : []),
        ].join(' '),
        ConditionExpression: '#unnamed = :unnamed',
        ExpressionAttributeNames: { '#unnamed': UNNAMED, ...(streams.size > 0 ? { '#streams': STREAMS } : {}) },
        ExpressionAttributeValues: { ':unnamed': unnamed, ...(streams.size > 0 ? { ':streams': streams } : {}) },
      }),
    );
  } catch (error) {
    // Long names may not fit, however few: it stays with scans.
    const isLate = error instanceof Error && error.name === 'ConditionalCheckFailedException';
    if (!isLate && !isRefused(error)) throw error;
  }
}
