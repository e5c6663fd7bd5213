import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec';
import { ContractError, type EventSchema } from '../cqrs/contract.js';
import type { Stream } from '../cqrs/stream.js';

/** An object of JSON. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Turns a schema into JSON Schema as OpenAPI 3.0 has it. */
export type ToJsonSchema = (schema: StandardSchemaV1) => JsonObject;

/** How schemas are described. */
export interface EventSchemasOptions {
  /** Default: asks the schema itself (Standard JSON Schema), as zod's can be asked. */
  readonly toJsonSchema?: ToJsonSchema;
}

/** What all events of EventBridge have. */
const EVENT = ['id', 'source', 'account', 'time', 'region', 'resources', 'detail-type', 'detail'];
const COMMIT = ['specversion', 'id', 'source', 'type', 'subject', 'time', 'datacontenttype', 'format', 'version'];
const IDS = ['correlationid', 'causationid'];
const TEXT = { type: 'string' };

/**
 * The contract of a stream as a document of OpenAPI 3.0, in the form of EventBridge's schema registry. It holds every
 * version of every event, so that code can be generated from it in other languages. Write it to a file of the contracts'
 * package when that is built; the construct `EventSchemas` publishes the file.
 *
 * @throws ContractError `no-json-schema` where a schema cannot be described.
 * @example
 * writeFileSync('product.schema.json', JSON.stringify(eventSchemas(product), null, 2));
 */
export function eventSchemas(stream: Stream, { toJsonSchema = itself }: EventSchemasOptions = {}): JsonObject {
  const versions = Object.entries(stream.contract).flatMap(([type, given]) =>
    listOf(given).map(({ version, schema }) => ({ type, version, data: described(type, schema, toJsonSchema) })),
  );
  const named = versions.map(({ type, version, data }): [string, JsonObject] => [
    `${type}.v${version}`,
    {
      type: 'object',
      required: ['type', 'v', 'data'],
      properties: { type: { type: 'string', enum: [type] }, v: { type: 'integer', enum: [version] }, data },
    },
  ]);
  const events = { type: 'array', items: { oneOf: named.map(([name]) => ({ $ref: refTo(name) })) } };
  return {
    openapi: '3.0.0',
    info: { title: stream.name, version: '1' },
    paths: {},
    components: {
      schemas: {
        AWSEvent: {
          type: 'object',
          required: EVENT,
          'x-amazon-events-detail-type': stream.name,
          properties: {
            ...Object.fromEntries(EVENT.map((name) => [name, TEXT])),
            resources: { type: 'array', items: TEXT },
            time: { type: 'string', format: 'date-time' },
            detail: { $ref: refTo('Commit') },
          },
        },
        Commit: {
          type: 'object',
          required: [...COMMIT, ...IDS],
          properties: {
            ...Object.fromEntries([...COMMIT, ...IDS, 'traceparent'].map((name) => [name, TEXT])),
            type: { type: 'string', enum: [stream.name] },
            time: { type: 'string', format: 'date-time' },
            format: { type: 'integer' },
            version: { type: 'integer', minimum: 1 },
            // Left out where the commit is larger than the bus takes: its events are in the stream's history.
            data: { type: 'object', required: ['events'], properties: { events } },
          },
        },
        ...Object.fromEntries(named),
      },
    },
  };
}

function refTo(name: string): string {
  return `#/components/schemas/${name}`;
}

function listOf(given: EventSchema | readonly EventSchema[]): readonly EventSchema[] {
  return 'version' in given ? [given] : given;
}

function described(type: string, schema: StandardSchemaV1, toJsonSchema: ToJsonSchema): JsonObject {
  try {
    const { $schema: _, ...rest } = toJsonSchema(schema);
    return rest;
  } catch (cause) {
    throw new ContractError(
      'no-json-schema',
      type,
      `the schema of ${type} cannot be described as JSON Schema: ${cause instanceof Error ? cause.message : 'it throws'}`,
    );
  }
}

/** What is sent is what the schema returns, and it accepts what it returns: its input is what travels. */
function itself(schema: StandardSchemaV1): JsonObject {
  const standard: StandardSchemaV1['~standard'] & Partial<StandardJSONSchemaV1['~standard']> = schema['~standard'];
  if (standard.jsonSchema === undefined) {
    throw new TypeError(
      `${standard.vendor} does not describe its schemas by itself; pass toJsonSchema, as in ` +
        "eventSchemas(stream, { toJsonSchema: (schema) => toJsonSchema(schema, { target: 'openapi-3.0' }) })",
    );
  }
  return standard.jsonSchema.input({ target: 'openapi-3.0' });
}
