import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { documentClient, type DynamoDbOptions } from './dynamodb.js';
import { oneOf, readVariable, text } from './environment.js';
import { storeVariable } from './store-variable.js';

/** The table of a commit store, and the client for it. */
export interface CommitTable {
  readonly table: string;
  readonly client: DynamoDBDocumentClient;
}

/**
 * The commit store that is wired to this function.
 *
 * @param name - the construct id of the store. Default: the only one of this kind
 * @throws EnvironmentError if no such store is wired.
 */
export function commits(name?: string, options: DynamoDbOptions = {}): CommitTable {
  const { environment } = options;
  const { table } = readVariable(
    storeVariable('commits', name, environment),
    { kind: oneOf('commits'), table: text },
    environment,
  );
  return { table, client: options.client ?? documentClient() };
}
