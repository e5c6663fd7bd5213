import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { GenerationKeys, isGenerationKey, prefixOf } from './generation-keys.js';
import type { StreamsPage, StreamsPlace } from './view-store.js';
import { VERSION, type IndexedTable } from './view-table.js';

/**
 * The streams whose versions one generation of a table holds: one page of a scan.
 *
 * @param streamOf - the stream whose version is in the item of a key; undefined for any other item
 */
export async function scannedStreams(
  view: IndexedTable,
  generation: number,
  { segment, segments, cursor }: StreamsPlace,
  streamOf: (key: string) => string | undefined,
): Promise<StreamsPage> {
  const { client, table, partitionKey } = view;
  const keys = new GenerationKeys(view, generation);
  const isFirst = generation === 1;
  const { Items = [], LastEvaluatedKey } = await client.send(
    new ScanCommand({
      TableName: table,
      ConsistentRead: true,
      Segment: segment,
      TotalSegments: segments,
      ExclusiveStartKey: cursor === undefined ? undefined : (JSON.parse(cursor) as Record<string, unknown>),
      ProjectionExpression: '#key, #version',
      FilterExpression: `attribute_exists(#version)${isFirst ? '' : ' AND begins_with(#key, :prefix)'}`,
      ExpressionAttributeNames: { '#key': partitionKey, '#version': VERSION },
      ...(isFirst ? {} : { ExpressionAttributeValues: { ':prefix': prefixOf(generation) } }),
    }),
  );
  const streams = Items.flatMap((item) => {
    // The keys of the first generation are as they are: those of later ones lie among them.
    if (isFirst && isGenerationKey(String(item[partitionKey]))) return [];
    const stream = streamOf(String(keys.decodeItem(item)[partitionKey]));
    return stream === undefined ? [] : [{ stream, version: Number(item[VERSION]) }];
  });
  return { streams, ...(LastEvaluatedKey === undefined ? {} : { cursor: JSON.stringify(LastEvaluatedKey) }) };
}
