import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import { postgres } from '../stores/index.js';
import { outboxEnvironment } from './commands-environment.js';
import { relay, type RelayReport } from './relay.js';

const { service, bus, sweepQueue, entryLimit, retentionDays, historyDays, store } = outboxEnvironment();

const db = postgres(store);
const queue = { client: new SQSClient(), url: sweepQueue, service };
const target = { client: new EventBridgeClient(), bus, service, entryLimit };

/** However many sweeps arrive together, one run serves them all. A run that throws is delivered again by SQS. */
export const handler = (_: unknown, context: Context): Promise<RelayReport> =>
  relay({
    db,
    bus: target,
    queue,
    store,
    retentionDays,
    historyDays,
    remaining: () => context.getRemainingTimeInMillis(),
  });
