import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import { commits } from '../stores/index.js';
import { replayEnvironment } from './commands-environment.js';
import { commitReplay, type ReplayAnswer } from './commit-replay.js';

const { store, ...archive } = replayEnvironment();

const parts = { ...archive, store: commits(store), events: new EventBridgeClient(), sqs: new SQSClient() };

/** Has an archive play its commits again. See `commitReplay` for what may be asked. */
export const handler = (request: unknown, context: Context): Promise<ReplayAnswer> =>
  commitReplay(
    { ...parts, requestId: context.awsRequestId, remaining: () => context.getRemainingTimeInMillis() },
    request,
  );
