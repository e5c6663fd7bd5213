import type { SQSEvent, SQSRecord } from 'aws-lambda';

/** Envelopes as a rule of the bus sends them to a queue; the ids of the messages are their numbers. */
export function busMessages(details: readonly unknown[]): SQSEvent {
  return {
    Records: details.map((detail, index): SQSRecord => ({
      messageId: String(index),
      receiptHandle: `receipt-${index}`,
      body: JSON.stringify({ version: '0', source: 'catalog', 'detail-type': 'product', detail }),
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: '0',
        SenderId: 'events',
        ApproximateFirstReceiveTimestamp: '0',
      },
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:imported',
      awsRegion: 'us-east-1',
    })),
  };
}
