import { describe, expect, it } from 'vitest';
import {
  commitText,
  entityId,
  envelopeText,
  EnvelopeError,
  parseEnvelope,
  streamName,
  withoutEvents,
} from '../../../lambdas/cqrs/envelope.js';

const commit = commitText({
  service: 'catalog',
  stream: 'product/a"b,"data":',
  time: new Date('2010-12-01T08:26:00Z'),
  correlationId: 'x,"data":{',
  causationId: 'key',
  events: [{ type: 'E', v: 1, data: { text: '\u0000,"data":' } }],
});

const valid: Record<string, unknown> = {
  specversion: '1.0',
  id: 'product/1@3',
  source: 'catalog',
  type: 'product',
  subject: 'product/1',
  time: '2010-12-01T08:26:00.000Z',
  datacontenttype: 'application/json',
  format: 1,
  version: 3,
  correlationid: 'c',
  causationid: 'k',
  data: { events: [{ type: 'E', v: 1, data: {} }] },
};

describe('a stored commit', () => {
  it('and its address are the envelope', () => {
    const envelope = parseEnvelope(envelopeText('product/a"b,"data":', 3, commit));
    expect(envelope).toMatchObject({ id: 'product/a"b,"data":@3', version: 3, subject: 'product/a"b,"data":' });
    expect(envelope.data?.events).toEqual([{ type: 'E', v: 1, data: { text: '\u0000,"data":' } }]);
    expect('traceparent' in envelope).toBe(false);
  });

  it('without its events keeps all the rest, whatever its texts say', () => {
    const thin = parseEnvelope(envelopeText('product/a"b,"data":', 3, withoutEvents(commit)));
    const full = parseEnvelope(envelopeText('product/a"b,"data":', 3, commit));
    expect(thin).toEqual({ ...full, data: undefined });
  });
});

describe('an envelope', () => {
  it('is read from text and from parsed JSON, with its events or without', () => {
    expect(parseEnvelope(valid)).toEqual(valid);
    expect(parseEnvelope(JSON.stringify(valid))).toEqual(valid);
    expect(parseEnvelope({ ...valid, data: undefined })).toBeDefined();
  });

  it.each([
    ['no JSON', '{'],
    ['a list', []],
    ['another specification', { ...valid, specversion: '0.3' }],
    ['a newer format', { ...valid, format: 2 }],
    ['no version', { ...valid, version: 0 }],
    ['another id', { ...valid, id: 'product/1@4' }],
    ['a subject of another stream', { ...valid, subject: 'sale/1', id: 'sale/1@3' }],
    ['a subject without an id', { ...valid, subject: 'product/', id: 'product/@3' }],
    ['no events', { ...valid, data: { events: [] } }],
    ['an event without a version', { ...valid, data: { events: [{ type: 'E' }] } }],
    ['no cause', { ...valid, causationid: '' }],
  ])('is refused: %s', (_, value) => {
    expect(() => parseEnvelope(value)).toThrow(EnvelopeError);
  });
});

describe('a stream', () => {
  it('is a name and an id, which may have slashes and at signs of its own', () => {
    expect([streamName('product/a/b@c'), entityId('product/a/b@c')]).toEqual(['product', 'a/b@c']);
  });
});
