import { describe, expect, it } from 'vitest';
import { date, decimal, json, uuid } from '../../../lambdas/stores/index.js';
import { toParameter, toRows, type SqlValue } from '../../../lambdas/stores/values.js';

describe('a value', () => {
  it.each<[string, SqlValue, object]>([
    ['a text', 'x', { value: { stringValue: 'x' } }],
    ['a whole number', 3, { value: { longValue: 3 } }],
    ['a fraction', 1.5, { value: { doubleValue: 1.5 } }],
    ['a large whole number', 1e21, { value: { doubleValue: 1e21 } }],
    ['a bigint', 5n, { value: { longValue: 5 } }],
    ['a bigint beyond 2^53', 2n ** 60n, { value: { stringValue: '1152921504606846976' }, typeHint: 'DECIMAL' }],
    ['a boolean', false, { value: { booleanValue: false } }],
    ['null', null, { value: { isNull: true } }],
    ['bytes', new Uint8Array([1]), { value: { blobValue: new Uint8Array([1]) } }],
    [
      'a time',
      new Date('2010-12-01T08:26:00.5Z'),
      { value: { stringValue: '2010-12-01 08:26:00.500' }, typeHint: 'TIMESTAMP' },
    ],
    ['JSON', json({ a: [1] }), { value: { stringValue: '{"a":[1]}' }, typeHint: 'JSON' }],
    ['an exact number', decimal('1.20'), { value: { stringValue: '1.20' }, typeHint: 'DECIMAL' }],
    ['a UUID', uuid('u'), { value: { stringValue: 'u' }, typeHint: 'UUID' }],
    ['a day', date('2010-12-01'), { value: { stringValue: '2010-12-01' }, typeHint: 'DATE' }],
  ])('is sent as the Data API takes it: %s', (_, value, expected) => {
    expect(toParameter('p', value)).toEqual({ name: 'p', ...expected });
  });

  it.each([Number.NaN, Infinity, new Date(Number.NaN)])('that has no place in a database is refused: %s', (value) => {
    expect(() => toParameter('price', value)).toThrow(/the parameter :price cannot be sent/);
  });
});

describe('a result', () => {
  const read = (typeName: string, field: object): unknown =>
    toRows([[field as never]], [{ name: 'c', typeName }])[0]?.['c'];

  it.each([
    ['int8', { longValue: 3 }, 3],
    ['float8', { doubleValue: 1.5 }, 1.5],
    ['bool', { booleanValue: false }, false],
    ['text', { stringValue: '' }, ''],
    ['text', { isNull: true }, null],
    ['numeric', { stringValue: '1.20' }, '1.20'],
    ['date', { stringValue: '2010-12-01' }, '2010-12-01'],
    ['jsonb', { stringValue: '{"a":[1]}' }, { a: [1] }],
    ['timestamp', { stringValue: '2010-12-01 08:26:00.5' }, new Date('2010-12-01T08:26:00.500Z')],
    ['timestamptz', { stringValue: '2010-12-01 08:26:00+01' }, new Date('2010-12-01T07:26:00Z')],
    ['timestamptz', { stringValue: 'infinity' }, 'infinity'],
    ['bytea', { blobValue: new Uint8Array([1]) }, new Uint8Array([1])],
    ['_text', { arrayValue: { stringValues: ['a', 'b'] } }, ['a', 'b']],
    ['_int4', { arrayValue: { arrayValues: [{ longValues: [1] }, { longValues: [2] }] } }, [[1], [2]]],
  ])('of type %s is read from %j', (type, field, expected) => {
    expect(read(type, field)).toEqual(expected);
  });

  it('has its columns under their labels', () => {
    const columns = [{ name: 'id', label: 'product' }, { name: 'price' }];
    expect(toRows([[{ stringValue: 'a' }, { longValue: 1 }]], columns)).toEqual([{ product: 'a', price: 1 }]);
  });
});
