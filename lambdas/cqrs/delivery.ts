import type { SQSRecord } from 'aws-lambda';
import { EnvelopeError, parseEnvelope, type Envelope } from './envelope.js';

/** One message of the projection's queue. */
export interface Delivery {
  readonly record: SQSRecord;
  readonly envelope: Envelope;
  /** How often it was received, earlier copies included. */
  readonly attempts: number;
  /** How many copies went before it. */
  readonly copies: number;
  /** Whether it is the copy of a message that seemed to end the function, and of which nothing was decided yet. */
  readonly isSuspect: boolean;
}

/** The message attributes of a copy. */
export const COPIES = 'dbpatterns-copies';
export const ATTEMPTS = 'dbpatterns-attempts';
export const SUSPECT = 'dbpatterns-suspect';

/**
 * Reads a message: an EventBridge event whose detail is an envelope of the stream that is followed.
 *
 * @throws EnvelopeError if it is anything else.
 */
export function deliveryOf(record: SQSRecord, streamName: string): Delivery {
  const envelope = parseEnvelope(detailOf(record.body));
  if (envelope.type !== streamName) {
    throw new EnvelopeError(`an envelope of '${envelope.type}' came to a projection of '${streamName}': mend the rule`);
  }
  const count = (name: string): number => Number(record.messageAttributes[name]?.stringValue ?? 0) || 0;
  return {
    record,
    envelope,
    attempts: count(ATTEMPTS) + receivesOf(record),
    copies: count(COPIES),
    isSuspect: count(SUSPECT) > 0,
  };
}

/** How often this message was received. */
export function receivesOf(record: SQSRecord): number {
  return Number(record.attributes.ApproximateReceiveCount);
}

/**
 * After so many receives a message is replaced by a copy whose receives begin anew: its queue gives up on what it has
 * delivered too often. What was received more often came to no decision. lib/private/projection-findings.ts knows it.
 */
export function mostReceives(parkAfter: number): number {
  return Math.min(parkAfter, 5);
}

/** Deliveries by stream, each stream's in the order of versions, and copies of one commit beside each other. */
export function byStream(deliveries: readonly Delivery[]): Map<string, Delivery[]> {
  const streams = new Map<string, Delivery[]>();
  for (const delivery of deliveries) {
    const { subject } = delivery.envelope;
    streams.set(subject, [...(streams.get(subject) ?? []), delivery]);
  }
  for (const list of streams.values()) list.sort((a, b) => a.envelope.version - b.envelope.version);
  return streams;
}

function detailOf(body: string): unknown {
  try {
    const event: unknown = JSON.parse(body);
    return typeof event === 'object' && event !== null && 'detail' in event ? event.detail : undefined;
  } catch (cause) {
    throw new EnvelopeError('the message is not JSON', { cause });
  }
}
