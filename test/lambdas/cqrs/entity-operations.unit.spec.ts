import { describe, expect, it } from 'vitest';
import { fold, put, remove, set } from '../../../lambdas/cqrs/entity-operations.js';

describe('the operations of a commit', () => {
  it('become one change, the later over the earlier', () => {
    expect(fold([])).toEqual({ operation: 'pass' });
    expect(fold([set({ a: 1 }), set({ b: 2 }), set({ a: 3 })])).toEqual({ operation: 'set', fields: { a: 3, b: 2 } });
    expect(fold([put({ a: 1, b: 1 }), set({ b: 2 })])).toEqual({ operation: 'put', fields: { a: 1, b: 2 } });
    expect(fold([set({ a: 1 }), put({ b: 1 })])).toEqual({ operation: 'put', fields: { b: 1 } });
    expect(fold([put({ a: 1 }), remove()])).toEqual({ operation: 'remove' });
    expect(fold([remove(), put({ a: 1 })])).toEqual({ operation: 'put', fields: { a: 1 } });
  });

  it('take a field out where its value is undefined', () => {
    expect(fold([set({ a: 1 }), set({ a: undefined })])).toStrictEqual({ operation: 'set', fields: { a: undefined } });
  });

  it('cannot change what the same commit has removed', () => {
    expect(() => fold([remove(), set({ a: 1 })])).toThrow(expect.objectContaining({ code: 'entity-missing' }));
  });
});
