import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { Context, DynamoDBStreamEvent } from 'aws-lambda';
import { commitRelayEnvironment } from './commands-environment.js';
import { commitRelay, type CommitRelayReport } from './commit-relay.js';

const { service, bus, entryLimit } = commitRelayEnvironment();

const target = { client: new EventBridgeClient({ maxAttempts: 1 }), bus, service, entryLimit };

/** Publishes what the table's stream brings. */
export const handler = (event: DynamoDBStreamEvent, context: Context): Promise<CommitRelayReport> =>
  commitRelay(event, { bus: target, remaining: () => context.getRemainingTimeInMillis() });
