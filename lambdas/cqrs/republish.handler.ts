import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { Context } from 'aws-lambda';
import { commits } from '../stores/index.js';
import { commitRelayEnvironment } from './commands-environment.js';
import { republish, type RepublishReport } from './republish.js';

const { service, bus, entryLimit, store } = commitRelayEnvironment();

const table = commits(store);
const target = { client: new EventBridgeClient({ maxAttempts: 1 }), bus, service, entryLimit };

/** Publishes again: `{ from, cursor? }` → `{ published, cursor? }`. */
export const handler = (request: unknown, context: Context): Promise<RepublishReport> =>
  republish(table, request, { bus: target, remaining: () => context.getRemainingTimeInMillis() });
