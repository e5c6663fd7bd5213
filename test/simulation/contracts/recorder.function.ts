import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { recorder } from './recorder.js';

/** The recorder as a function of the local cloud: its journal is a table. */
const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const TableName = process.env['JOURNAL'] ?? '';

export const handler = recorder(
  {
    note: async ({ given }) => {
      const Item = { id: 'journal', at: `${Date.now()} ${randomUUID()}`, given };
      await client.send(new PutCommand({ TableName, Item }));
    },
    isFirst: async (what) => {
      try {
        const Item = { id: 'first', at: what };
        await client.send(new PutCommand({ TableName, Item, ConditionExpression: 'attribute_not_exists(id)' }));
        return true;
      } catch (error) {
        if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return false;
        throw error;
      }
    },
  },
  () => process.exit(1),
);
