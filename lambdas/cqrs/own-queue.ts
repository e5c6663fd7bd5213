import {
  ChangeMessageVisibilityCommand,
  SendMessageCommand,
  SQSClient,
  type MessageAttributeValue,
} from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { ATTEMPTS, COPIES, SUSPECT, type Delivery } from './delivery.js';

/** What a projection asks of the queue that feeds it. */
export interface OwnQueue {
  /** The message comes back after so many seconds, instead of after the whole visibility time-out. */
  hide(record: SQSRecord, seconds: number): Promise<void>;
  /** Sends the message once more, to come after so many seconds; the original can then be acknowledged. */
  copy(delivery: Delivery, seconds: number, attempts: number): Promise<void>;
}

/** SQS delays a message by at most 15 minutes. */
const LONGEST_DELAY = 900;

/** The seconds before the nth time: 1, 2, 4, … up to 15 minutes. */
export function growing(n: number): number {
  return Math.min(LONGEST_DELAY, 2 ** Math.min(n, 20));
}

/** The projection's queue at SQS. */
export function sqsQueue(url: string, client = new SQSClient({})): OwnQueue {
  return {
    async hide(record, seconds) {
      await client.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: url,
          ReceiptHandle: record.receiptHandle,
          VisibilityTimeout: seconds,
        }),
      );
    },
    async copy({ record, copies, isSuspect }, seconds, attempts) {
      const number = (value: number): MessageAttributeValue => ({ DataType: 'Number', StringValue: String(value) });
      const suspect: Record<string, MessageAttributeValue> = isSuspect ? { [SUSPECT]: number(1) } : {};
      await client.send(
        new SendMessageCommand({
          QueueUrl: url,
          MessageBody: record.body,
          DelaySeconds: seconds,
          MessageAttributes: { [COPIES]: number(copies + 1), [ATTEMPTS]: number(attempts), ...suspect },
        }),
      );
    },
  };
}
