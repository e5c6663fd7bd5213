import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { eventSchemas, stream, v1, version } from '../../../lambdas/contracts/index.js';

const product = stream('product', {
  ProductCreated: v1(z.object({ name: z.string() })),
  PriceChanged: [v1(z.object({ price: z.number() })), version(2, z.object({ pence: z.int() }))],
});

interface Document {
  readonly components: { readonly schemas: Record<string, Record<string, unknown>> };
}

describe('the schemas of a stream', () => {
  const { schemas } = (eventSchemas(product) as unknown as Document).components;

  it('describe every version of every event', () => {
    expect(Object.keys(schemas)).toEqual([
      'AWSEvent',
      'Commit',
      'ProductCreated.v1',
      'PriceChanged.v1',
      'PriceChanged.v2',
    ]);
    expect(schemas['PriceChanged.v2']).toMatchObject({
      required: ['type', 'v', 'data'],
      properties: { type: { enum: ['PriceChanged'] }, v: { enum: [2] }, data: { required: ['pence'] } },
    });
  });

  it('describe the event of the bus and the commit in it', () => {
    expect(schemas['AWSEvent']).toMatchObject({
      'x-amazon-events-detail-type': 'product',
      properties: { detail: { $ref: '#/components/schemas/Commit' } },
    });
    expect(schemas['Commit']).toMatchObject({
      properties: {
        type: { enum: ['product'] },
        data: {
          properties: {
            events: {
              items: {
                oneOf: [
                  { $ref: '#/components/schemas/ProductCreated.v1' },
                  { $ref: '#/components/schemas/PriceChanged.v1' },
                  { $ref: '#/components/schemas/PriceChanged.v2' },
                ],
              },
            },
          },
        },
      },
    });
  });

  it('are made by what the caller passes, where a schema does not describe itself', () => {
    const note = stream('note', { Noted: v1(v.object({ text: v.string() })) });
    expect(() => eventSchemas(note)).toThrow(/the schema of Noted cannot be described.*valibot.*pass toJsonSchema/);
    const toJsonSchema = () => ({ $schema: 'http://json-schema.org/draft-04/schema#', type: 'object' });
    const document = eventSchemas(note, { toJsonSchema }) as unknown as Document;
    expect(document.components.schemas['Noted.v1']).toMatchObject({ properties: { data: { type: 'object' } } });
    expect(JSON.stringify(document)).not.toContain('$schema');
  });
});
