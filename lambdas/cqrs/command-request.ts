import { createHash } from 'node:crypto';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { isObject } from '../private/is-object.js';
import { header, jsonBody } from './http.js';
import { Problem } from './problem.js';

/** What API Gateway sends, as far as commands read it. */
export type CommandEvent = Pick<APIGatewayProxyEvent, 'body' | 'headers' | 'isBase64Encoded' | 'path'>;

/** A command as it was sent, before its data is checked. */
export interface CommandRequest {
  /** The command's id: `Idempotency-Key`. */
  readonly command: string;
  /** The command's name. */
  readonly name: string;
  /** The stream's name. */
  readonly streamName: string;
  /** The entity's id. */
  readonly id: string;
  readonly data: unknown;
  readonly expected?: number;
  readonly correlationId: string;
  readonly traceparent?: string;
  /** Of all that decides what the command does. */
  readonly fingerprint: string;
}

/**
 * Reads a command: `POST …/{stream}/{id}/{command}`.
 *
 * @throws Problem with status 400, 404 or 413.
 */
export function readCommand(event: CommandEvent, bodyLimit: number): CommandRequest {
  const { streamName, id, name } = address(event.path);
  const command = idHeader(event, 'Idempotency-Key');
  if (command === undefined) {
    throw new Problem('missing-idempotency-key', 400, 'send the id of the command in the header Idempotency-Key');
  }
  const expected = expectedVersion(header(event, 'If-Match'));
  const correlationId = idHeader(event, 'x-correlation-id') ?? command;
  const traceparent = traceContext(header(event, 'traceparent'));
  const data = jsonBody(event, bodyLimit);
  const fingerprint = fingerprintOf([streamName, id, name, expected ?? null, data]);
  return { command, name, streamName, id, data, expected, correlationId, traceparent, fingerprint };
}

function address(path: string): { streamName: string; id: string; name: string } {
  const [name, id, streamName] = path.split('/').filter(Boolean).reverse().map(decoded);
  if (name === undefined || id === undefined || streamName === undefined) {
    throw new Problem('not-found', 404, 'a command is sent to /{stream}/{id}/{command}');
  }
  // A slash or a percent sign could mean two things on the way through a gateway, and control characters nothing.
  if (!/^[^\p{Cc}/%]{1,128}$/u.test(id)) {
    throw new Problem('invalid-id', 400, 'an id has 1 to 128 characters, without /, % and control characters');
  }
  return { name, id, streamName };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function idHeader(event: CommandEvent, name: string): string | undefined {
  const value = header(event, name)?.trim();
  if (value === undefined || value === '') return undefined;
  if (/^[\x20-\x7e]{1,128}$/.test(value)) return value;
  throw new Problem('invalid-header', 400, `${name} must have 1 to 128 printable ASCII characters`);
}

function expectedVersion(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const version = /^"(\d{1,9})"$/.exec(value.trim())?.[1];
  if (version !== undefined) return Number(version);
  throw new Problem(
    'invalid-header',
    400,
    'If-Match must be a version in quotation marks, such as "3", or "0" for none yet',
  );
}

/** As the W3C asks, a malformed trace context is ignored. */
function traceContext(value: string | undefined): string | undefined {
  return value !== undefined && /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/.test(value) ? value : undefined;
}

/** The same for the same content, whatever the order of its members. */
function fingerprintOf(content: unknown): string {
  return createHash('sha256').update(canonical(content)).digest('base64url');
}

function canonical(content: unknown): string {
  return JSON.stringify(content, (_, value: unknown) =>
    isObject(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value,
  );
}
