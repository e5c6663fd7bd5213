import { isObject } from '../private/is-object.js';
import type { DomainEvent } from './event.js';

/** The format of the envelope. Readers refuse what is newer. */
export const ENVELOPE_FORMAT = 1;

/** A commit as it travels: CloudEvents 1.0, in the detail of the transport. */
export interface Envelope {
  readonly specversion: '1.0';
  /** `product/85123A@3`: the same for every copy. */
  readonly id: string;
  /** The service that publishes the stream. */
  readonly source: string;
  /** The stream's name. */
  readonly type: string;
  /** The stream: `product/85123A`. */
  readonly subject: string;
  /** When it was decided, ISO 8601. */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly format: typeof ENVELOPE_FORMAT;
  /** The version of the stream that this commit makes; from 1, without holes. */
  readonly version: number;
  readonly correlationid: string;
  /** The id of the command that caused it. */
  readonly causationid: string;
  readonly traceparent?: string;
  /** What happened, in order. Left out where the commit is larger than the transport allows: read it from history. */
  readonly data?: { readonly events: readonly DomainEvent[] };
}

/** What a commit says before it has a version. */
export interface CommitFacts {
  readonly service: string;
  readonly stream: string;
  readonly time: Date;
  readonly correlationId: string;
  readonly causationId: string;
  readonly traceparent?: string;
  readonly events: readonly DomainEvent[];
}

/** An envelope that is none. Such a message can never be applied. */
export class EnvelopeError extends Error {
  override readonly name = 'EnvelopeError';
  readonly code = 'invalid-envelope';
}

/**
 * A commit as the outbox stores it: the JSON of its envelope without `id` and `version`, which are columns. `data`
 * comes last, so that the thin form is a beginning of the text.
 */
export function commitText(facts: CommitFacts): string {
  return JSON.stringify({
    specversion: '1.0',
    source: facts.service,
    type: streamName(facts.stream),
    subject: facts.stream,
    time: facts.time.toISOString(),
    datacontenttype: 'application/json',
    format: ENVELOPE_FORMAT,
    correlationid: facts.correlationId,
    causationid: facts.causationId,
    traceparent: facts.traceparent,
    data: { events: facts.events },
  });
}

/** The text of the envelope: the stored commit and its address. */
export function envelopeText(stream: string, version: number, commit: string): string {
  return `{"id":${JSON.stringify(`${stream}@${version}`)},"version":${version},${commit.slice(1)}`;
}

/** The same commit without its events. A quotation mark inside a value is escaped, so the first match is the member. */
export function withoutEvents(commit: string): string {
  const data = commit.indexOf(',"data":');
  return data < 0 ? commit : `${commit.slice(0, data)}}`;
}

/** The stream's name: `product` of `product/85123A`. */
export function streamName(stream: string): string {
  return stream.slice(0, stream.indexOf('/'));
}

/** The entity's id: `85123A` of `product/85123A`. */
export function entityId(stream: string): string {
  return stream.slice(stream.indexOf('/') + 1);
}

/**
 * Reads an envelope.
 *
 * @param value - text or parsed JSON
 * @throws EnvelopeError if it is none, or of a newer format.
 */
export function parseEnvelope(value: unknown): Envelope {
  const parsed = typeof value === 'string' ? parseJson(value) : value;
  const fault = faultOf(parsed);
  if (fault !== undefined) throw new EnvelopeError(`this is no envelope of format ${ENVELOPE_FORMAT}: ${fault}`);
  return parsed as Envelope;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new EnvelopeError('this is no envelope: it is not JSON', { cause });
  }
}

const TEXTS = ['id', 'source', 'type', 'subject', 'time', 'correlationid', 'causationid'] as const;

function faultOf(value: unknown): string | undefined {
  if (!isObject(value)) return 'it is not an object';
  if (value['specversion'] !== '1.0') return 'specversion must be "1.0"';
  if (value['format'] !== ENVELOPE_FORMAT) return `format must be ${ENVELOPE_FORMAT}`;
  const missing = TEXTS.find((name) => typeof value[name] !== 'string' || value[name] === '');
  if (missing !== undefined) return `${missing} must be a text`;
  const { version, subject, type, id, data } = value;
  if (!Number.isSafeInteger(version) || Number(version) < 1) return 'version must be a whole number from 1';
  const stem = `${String(type)}/`;
  if (!String(subject).startsWith(stem) || subject === stem) return 'subject must be the type, a slash and an id';
  if (id !== `${String(subject)}@${Number(version)}`) return 'id must be the subject, @ and the version';
  if (data === undefined) return undefined;
  const events = isObject(data) ? data['events'] : undefined;
  if (!Array.isArray(events) || events.length === 0) return 'data.events must be a list with an event';
  return events.every(isEvent) ? undefined : 'each event must have a type, a version v and data';
}

function isEvent(event: unknown): boolean {
  return isObject(event) && typeof event['type'] === 'string' && Number.isSafeInteger(event['v']);
}
