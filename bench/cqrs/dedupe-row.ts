import {
  TransactWriteCommand,
  type DynamoDBDocumentClient,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';

type Item = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** A commit for a view that knows which events it has seen by a row for each. */
export interface SeenCommit {
  readonly id: string;
  readonly stream: string;
  readonly version: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * The usual way to make a projection idempotent: a row per event that says that it was seen, in one transaction with the
 * change. Two items, each at the double price of a transaction: 4 units for what a version in the item does with 1, and
 * the rows stay. It finds duplicates and neither gaps nor reordering.
 */
export async function applyOnce(client: DynamoDBDocumentClient, table: string, commit: SeenCommit): Promise<void> {
  const seen: Item = {
    Put: {
      TableName: table,
      Item: { id: `seen#${commit.stream}@${commit.version}` },
      ConditionExpression: 'attribute_not_exists(id)',
    },
  };
  const names = Object.keys(commit.fields);
  const change: Item = {
    Update: {
      TableName: table,
      Key: { id: commit.id },
      UpdateExpression: `SET ${names.map((_, n) => `#f${n} = :f${n}`).join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(names.map((name, n) => [`#f${n}`, name])),
      ExpressionAttributeValues: Object.fromEntries(names.map((name, n) => [`:f${n}`, commit.fields[name]])),
    },
  };
  try {
    await client.send(new TransactWriteCommand({ TransactItems: [seen, change] }));
  } catch (error) {
    const reasons = error instanceof Error && 'CancellationReasons' in error ? error.CancellationReasons : [];
    const [first] = Array.isArray(reasons) ? (reasons as { Code?: string }[]) : [];
    if (first?.Code !== 'ConditionalCheckFailed') throw error;
  }
}
