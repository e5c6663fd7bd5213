import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';

interface Commit {
  readonly subject: string;
  readonly version: number;
  readonly data: { readonly events: readonly { readonly type: string; readonly data: Record<string, unknown> }[] };
}

/**
 * The same view by hand: the calls of the SDK that the kit makes and nothing else. No gaps, no parking, no check of what
 * came; whatever fails is the queue's affair.
 */
export const listing =
  (table: string, client: DynamoDBDocumentClient) =>
  async (event: SQSEvent): Promise<SQSBatchResponse> => {
    await Promise.all(event.Records.map((record) => write(table, client, record)));
    return { batchItemFailures: [] };
  };

async function write(TableName: string, client: DynamoDBDocumentClient, record: SQSRecord): Promise<void> {
  const { subject, version, data } = (JSON.parse(record.body) as { detail: Commit }).detail;
  const id = subject.slice(subject.indexOf('/') + 1);
  for (const event of data.events) {
    if (event.type === 'ProductCreated') {
      await client.send(
        new PutCommand({
          TableName,
          Item: { ...event.data, id, _version: version },
          ConditionExpression: 'attribute_not_exists(#key)',
          ExpressionAttributeNames: { '#key': 'id' },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
    } else {
      await client.send(
        new UpdateCommand({
          TableName,
          Key: { id },
          UpdateExpression: 'SET #version = :version, #f0 = :f0, #f1 = :f1',
          ConditionExpression: '#version = :previous AND attribute_not_exists(#tombstone)',
          ExpressionAttributeNames: {
            '#version': '_version',
            '#f0': 'price',
            '#f1': 'since',
            '#tombstone': '_tombstone',
          },
          ExpressionAttributeValues: {
            ':version': version,
            ':previous': version - 1,
            ':f0': event.data['price'],
            ':f1': event.data['since'],
          },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
    }
  }
}

export const handler = async (event: SQSEvent): Promise<SQSBatchResponse> => (bare ??= made())(event);

let bare: ReturnType<typeof listing> | undefined;
const made = () =>
  listing(
    process.env['TABLE'] ?? '',
    DynamoDBDocumentClient.from(new DynamoDBClient(), { marshallOptions: { removeUndefinedValues: true } }),
  );
