import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Duration } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { onlyOwner } from './closed';
import { VISIBILITY_FACTOR } from './limits';
import { timeoutOf } from './wiring';

/** A message that fails on and on is not retried more often than this, in seconds. */
const LEAST_VISIBILITY = 30;
/** For a time-out that nobody knows before the deployment: that of the longest function, in seconds. */
const LONGEST_FUNCTION = 900;
/**
 * The largest message that SQS allows, in bytes. An entry of 256 KB arrives in an event of EventBridge that is larger
 * by some hundred bytes, and a queue of 256 KB would drop it.
 */
const LARGEST_MESSAGE = 1024 * 1024;

/** What puts messages into a queue, takes them out or changes them. */
const MESSAGE_ACTIONS = [
  'SendMessage',
  'ReceiveMessage',
  'DeleteMessage',
  'ChangeMessageVisibility',
  'PurgeQueue',
  'StartMessageMoveTask',
].map((name) => `sqs:${name}`);

export interface SafeQueueProps {
  readonly retentionPeriod: Duration;
  /**
   * How long a message stays hidden from others once it was received.
   * @default - 30 seconds
   */
  readonly visibilityTimeout?: Duration;
  /**
   * Where a message goes that was received too often.
   * @default - nowhere
   */
  readonly deadLetterQueue?: sqs.DeadLetterQueue;
}

/** A queue that is encrypted, talks TLS only, and takes whatever the bus does. */
export class SafeQueue extends sqs.Queue {
  public constructor(scope: Construct, id: string, props: SafeQueueProps) {
    super(scope, id, {
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      maxMessageSizeBytes: LARGEST_MESSAGE,
      retentionPeriod: props.retentionPeriod,
      visibilityTimeout: props.visibilityTimeout,
      deadLetterQueue: props.deadLetterQueue,
    });
    const closing = onlyOwner(scope, MESSAGE_ACTIONS, this.queueArn);
    if (closing !== undefined) {
      this.addToResourcePolicy(closing);
    }
  }
}

/** How long a message stays hidden from others while a function works on it. */
export function visibilityFor(handler: lambda.IFunction): Duration {
  const seconds = timeoutOf(handler)?.toSeconds() ?? LONGEST_FUNCTION;
  return Duration.seconds(Math.max(LEAST_VISIBILITY, VISIBILITY_FACTOR * seconds));
}
