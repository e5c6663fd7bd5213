import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { listOf, oneOf, optional, readVariable, text, type Environment } from './environment.js';
import { storeVariable } from './store-variable.js';

/** A secondary index of a table. */
export interface TableIndex {
  readonly name: string;
  readonly partitionKey: string;
  readonly sortKey?: string;
}

/** A DynamoDB table with its keys, as its construct made it, and the client for it. */
export interface DynamoDbTable {
  readonly table: string;
  readonly partitionKey: string;
  readonly sortKey?: string;
  readonly indexes: readonly TableIndex[];
  readonly client: DynamoDBDocumentClient;
}

/** How the client is made. */
export interface DynamoDbOptions {
  /** Default: a new document client that leaves out undefined members. */
  readonly client?: DynamoDBDocumentClient;
  /** Default: the process's. */
  readonly environment?: Environment;
}

/**
 * The DynamoDB store that is wired to this function.
 *
 * @param name - the construct id of the store. Default: the only one of this kind
 * @throws EnvironmentError if no such store is wired.
 * @example
 * const { client, table, partitionKey } = dynamodb();
 * const { Item } = await client.send(new GetCommand({ TableName: table, Key: { [partitionKey]: id } }));
 */
export function dynamodb(name?: string, options: DynamoDbOptions = {}): DynamoDbTable {
  const { environment } = options;
  const {
    table,
    partitionKey,
    sortKey,
    indexes = [],
  } = readVariable(
    storeVariable('dynamodb', name, environment),
    {
      kind: oneOf('dynamodb'),
      table: text,
      partitionKey: text,
      sortKey: optional(text),
      indexes: optional(listOf({ name: text, partitionKey: text, sortKey: optional(text) })),
    },
    environment,
  );
  return { table, partitionKey, sortKey, indexes, client: options.client ?? documentClient() };
}

/** A new document client, which leaves out undefined members. */
export function documentClient(): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(new DynamoDBClient(), { marshallOptions: { removeUndefinedValues: true } });
}
