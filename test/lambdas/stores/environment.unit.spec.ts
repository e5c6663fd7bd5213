import { describe, expect, it } from 'vitest';
import { dynamodb, optional, postgres, readVariable, text, whole } from '../../../lambdas/stores/index.js';

const store = JSON.stringify({ kind: 'postgres', clusterArn: 'c', secretArn: 's', database: 'd' });
const table = JSON.stringify({
  kind: 'dynamodb',
  table: 't',
  partitionKey: 'id',
  indexes: [{ name: 'i', partitionKey: 'p' }],
});

describe('a variable of the kit', () => {
  it('is read with its optional fields', () => {
    expect(readVariable('V', { a: text, b: optional(whole) }, { V: '{"a":"x"}' })).toEqual({ a: 'x' });
  });

  it.each([
    [undefined, 'missing-variable', /V is not set/],
    ['', 'missing-variable', /V is not set/],
    ['{', 'invalid-variable', /V is not as its construct writes it: it must be a JSON object/],
    ['[]', 'invalid-variable', /it must be a JSON object/],
    ['{"a":"","b":-1}', 'invalid-variable', /a must be a text; b must be a whole number from 0, or nothing/],
  ])('says what is wrong with %s', (value, code, message) => {
    const read = (): unknown => readVariable('V', { a: text, b: optional(whole) }, { V: value });
    expect(read).toThrow(message);
    expect(read).toThrow(expect.objectContaining({ code, variable: 'V' }));
  });

  it('is never quoted, since it may hold what nobody should read', () => {
    expect(() => readVariable('V', { a: whole }, { V: '{"a":"hush"}' })).toThrow(/^(?!.*hush)/);
  });
});

describe('a store', () => {
  it('is found by its construct id, or alone of its kind', () => {
    const environment = { DBPATTERNS_STORE_PRODUCT_VIEW: table, DBPATTERNS_STORE_PRODUCTS: store };
    expect(dynamodb('ProductView', { environment })).toMatchObject({ table: 't', partitionKey: 'id' });
    expect(dynamodb(undefined, { environment }).indexes).toEqual([{ name: 'i', partitionKey: 'p' }]);
    expect(() => postgres('PRODUCTS', { environment })).not.toThrow();
    expect(() => postgres(undefined, { environment })).not.toThrow();
  });

  it('has to be named where there are two', () => {
    const environment = { DBPATTERNS_STORE_A: store, DBPATTERNS_STORE_B: store };
    expect(() => postgres(undefined, { environment })).toThrow(/name one of A, B/);
  });

  it('has to be wired', () => {
    expect(() => postgres(undefined, { environment: {} })).toThrow(/no postgres store is wired to this function/);
    expect(() => postgres('Products', { environment: {} })).toThrow(/DBPATTERNS_STORE_PRODUCTS is not set/);
  });
});
