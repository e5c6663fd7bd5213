import type { SQSEvent } from 'aws-lambda';
import { commitText, envelopeText } from '../../lambdas/cqrs/envelope.js';
import type { DomainEvent } from '../../lambdas/cqrs/index.js';
import { product } from './product.js';

const { ProductCreated, PriceChanged } = product.events;
const TIME = new Date('2010-12-01T08:26:00.000Z');

/** The first event of a product. */
export const created = (price: number): DomainEvent =>
  ProductCreated({ description: 'WHITE HANGING HEART T-LIGHT HOLDER', category: 'lights', price });

/** Another price. */
export const priced = (price: number): DomainEvent => PriceChanged({ price, since: '2010-12-01' });

/** A commit's text, as an outbox stores it. */
export function commit(id: string, version: number, ...events: DomainEvent[]): string {
  return commitText({
    service: 'catalog',
    stream: product.of(id),
    time: TIME,
    correlationId: `correlation-${id}-${version}`,
    causationId: `command-${id}-${version}`,
    events,
  });
}

/** The text of a commit's envelope, as it travels. */
export function envelope(id: string, version: number, ...events: DomainEvent[]): string {
  return envelopeText(product.of(id), version, commit(id, version, ...events));
}

/** A batch of messages as Lambda hands it over. */
export function batch(envelopes: readonly string[]): SQSEvent {
  return {
    Records: envelopes.map((detail, n) => ({
      messageId: `message-${n}`,
      receiptHandle: `receipt-${n}`,
      body:
        `{"version":"0","id":"7bf73129-1428-4cd3-a780-95db273d1602","detail-type":"product","source":"catalog",` +
        `"account":"123456789012","time":"2010-12-01T08:26:00Z","region":"us-east-1","resources":[],"detail":${detail}}`,
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: '1291191960000',
        SenderId: 'AIDAIENQZJOLO23YVJ4VO',
        ApproximateFirstReceiveTimestamp: '1291191960001',
      },
      messageAttributes: {},
      md5OfBody: 'e4e68fb7bd0e697a0ae8f1bb342846b3',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:listing',
      awsRegion: 'us-east-1',
    })),
  };
}
