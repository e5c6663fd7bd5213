import * as v from 'valibot';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { command, commands, ContractError, stream, v1, version } from '../../../lambdas/cqrs/index.js';
import type { DomainEvent, EventOfType, EventsOf } from '../../../lambdas/cqrs/index.js';

const price = z.object({ price: z.number() });
const pence = z.object({ pence: z.int(), note: z.string().default('') });

const product = stream('product', {
  ProductCreated: v1(z.object({ name: z.string(), price: z.number().positive() })),
  PriceChanged: [v1(price), version(2, pence)],
});
const { ProductCreated, PriceChanged } = product.events;

function thrown(action: () => unknown): ContractError {
  try {
    action();
  } catch (error) {
    if (error instanceof ContractError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('a creator', () => {
  it('returns the event in the newest version, as its schema returns it', () => {
    expect(PriceChanged({ pence: 120 })).toEqual({ type: 'PriceChanged', v: 2, data: { pence: 120, note: '' } });
  });

  it('refuses data that is not as agreed, with every field', () => {
    const error = thrown(() => ProductCreated({ name: 'x', price: -1 }));
    expect(error).toMatchObject({ code: 'invalid-event', subject: 'ProductCreated' });
    expect(error.faults.map(({ pointer }) => pointer)).toEqual(['/price']);
  });

  it('says in its message where data is not as agreed, and not what it holds', () => {
    const { events } = stream('user', { Named: v1(v.object({ name: v.picklist(['Ann']), 'a/b': v.string() })) });
    const error = thrown(() => events.Named({ name: 'jane@example.com', 'a/b': 4_242 } as never));
    expect(error.message).toBe('Named is not as agreed; at fault: /name, /a~1b');
    expect(error.faults.map(({ detail }) => detail).join()).toContain('jane@example.com');
    expect(thrown(() => events.Named(4_242 as never)).message).toBe('Named is not as agreed; at fault: its data');
  });

  it('refuses a schema whose result it would not take back from JSON', () => {
    const stamped = stream('s', { At: v1(z.object({ at: z.date() })), Twice: v1(z.number().transform((n) => n * 2)) });
    expect(thrown(() => stamped.events.At({ at: new Date(0) })).code).toBe('unstable-schema');
    expect(thrown(() => stamped.events.Twice(1)).code).toBe('unstable-schema');
  });

  it('refuses a schema that waits for something', () => {
    const slow = stream('s', { Slow: v1(z.string().refine(async () => true)) });
    expect(() => slow.events.Slow('x')).toThrow(/only synchronous checks are allowed|promise|async/i);
    const schema: StandardSchemaV1<string> = {
      '~standard': { version: 1, vendor: 'test', validate: async (value) => ({ value: String(value) }) },
    };
    expect(() => stream('s', { Slow: v1(schema) }).events.Slow('x')).toThrow(
      /a schema of test answered with a promise/,
    );
  });
});

describe('a subscriber', () => {
  it('reads each version that is still in the history', () => {
    expect(product.read({ type: 'PriceChanged', v: 1, data: { price: 1.2 } }).data).toEqual({ price: 1.2 });
    expect(product.read({ type: 'PriceChanged', v: 2, data: { pence: 120 } }).data).toEqual({ pence: 120, note: '' });
  });

  it.each([
    [{ type: 'Vanished', v: 1, data: {} }, 'unknown-event'],
    [{ type: 'PriceChanged', v: 3, data: {} }, 'unknown-version'],
    [{ type: 'PriceChanged', v: 1, data: { price: 'x' } }, 'invalid-event'],
  ])('refuses %j', (event, code) => {
    expect(thrown(() => product.read(event)).code).toBe(code);
  });
});

describe('an upcast', () => {
  const upcasting = stream('product', {
    PriceChanged: [
      v1(z.object({ pounds: z.number() })),
      version(2, z.object({ pence: z.int() }), {
        upcast: ({ pounds }: { pounds: number }) => ({ pence: Math.round(pounds * 100) }),
      }),
      version(3, z.object({ pence: z.int().positive(), currency: z.string().default('GBP') }), {
        upcast: (old: { pence: number }) => old,
      }),
    ],
    Noted: [
      v1(z.object({ text: z.string() })),
      version(2, z.object({ lines: z.array(z.string()) }), {
        upcast: ({ text }: { text: string }) => ({ lines: text.split('\n') }),
      }),
      version(3, z.object({ html: z.string() })),
    ],
  });

  it('gives an old event in the newest version, over all versions between', () => {
    const newest = { type: 'PriceChanged', v: 3, data: { pence: 120, currency: 'GBP' } };
    expect(upcasting.read({ type: 'PriceChanged', v: 1, data: { pounds: 1.2 } })).toEqual(newest);
    expect(upcasting.read({ type: 'PriceChanged', v: 2, data: { pence: 120 } })).toEqual(newest);
    expect(upcasting.read(newest)).toEqual(newest);
  });

  it('ends where a version is made of none before: handlers see both', () => {
    const lines = { type: 'Noted', v: 2, data: { lines: ['a', 'b'] } };
    expect(upcasting.read({ type: 'Noted', v: 1, data: { text: 'a\nb' } })).toEqual(lines);
    expect(upcasting.read(lines)).toEqual(lines);
  });

  it('that does not give what its version says is an error of the contract', () => {
    expect(thrown(() => upcasting.read({ type: 'PriceChanged', v: 1, data: { pounds: -1 } }))).toMatchObject({
      code: 'invalid-upcast',
      faults: [{ pointer: '/pence' }],
    });
    expect(thrown(() => upcasting.read({ type: 'PriceChanged', v: 1, data: { pence: 1 } })).code).toBe('invalid-event');
  });

  it('has the types of both versions, and handlers have those that they see', () => {
    type Events<T extends 'PriceChanged' | 'Noted'> = EventOfType<typeof upcasting.contract, T>;
    expectTypeOf<Events<'PriceChanged'>>().toEqualTypeOf<
      DomainEvent<'PriceChanged', 3, { pence: number; currency: string }>
    >();
    expectTypeOf<Events<'Noted'>['v']>().toEqualTypeOf<2 | 3>();
    const before = v1(z.object({ a: z.string() }));
    const after = z.object({ b: z.string() });
    // @ts-expect-error the version before has no such field
    stream('product', { E: [before, version(2, after, { upcast: (old: { c: string }) => ({ b: old.c }) })] });
    // @ts-expect-error the version has no such field
    stream('product', { E: [before, version(2, after, { upcast: (old: { a: string }) => ({ c: old.a }) })] });
    // @ts-expect-error the field has another type in the version before
    stream('product', { E: [before, version(2, after, { upcast: (old: { a: number }) => ({ b: String(old.a) }) })] });
    const third = version(3, before.schema, { upcast: (old: { a: string }) => old });
    // @ts-expect-error the version before is the second, not the first
    stream('product', { E: [before, version(2, after, { upcast: () => ({ b: '' }) }), third] });
  });

  it('whose parameter has no type written has no field to make anything of, and never one of any type', () => {
    const before = v1(z.object({ a: z.string(), more: z.boolean() }));
    const after = z.object({ b: z.string() });
    // @ts-expect-error a whole parameter
    stream('product', { E: [before, version(2, after, { upcast: (old) => ({ b: old.a }) })] });
    // @ts-expect-error a field by its name
    stream('product', { E: [before, version(2, after, { upcast: ({ a }) => ({ b: a }) })] });
    // @ts-expect-error a field, and what is left
    version(2, after, { upcast: ({ more, ...rest }) => ({ b: String(more), ...rest }) });
    // @ts-expect-error what is left
    stream('product', { E: [before, version(2, before.schema, { upcast: ({ ...rest }) => rest })] });
    const counted = stream('product', { E: [before, version(2, after, { upcast: () => ({ b: 'none' }) })] });
    expectTypeOf<EventOfType<typeof counted.contract, 'E'>>().toEqualTypeOf<DomainEvent<'E', 2, { b: string }>>();
    expect(counted.read({ type: 'E', v: 1, data: { a: '', more: true } }).data).toEqual({ b: 'none' });
  });
});

describe('a contract', () => {
  it.each(['', 'a/b', 'a b', 'x'.repeat(65)])('refuses the name %j', (name) => {
    expect(thrown(() => stream(name, {})).code).toBe('invalid-contract');
  });

  it('has its versions in order', () => {
    expect(thrown(() => stream('s', { E: [version(2, price), v1(price)] })).code).toBe('invalid-contract');
    expect(thrown(() => stream('s', { E: version(0, price) })).code).toBe('invalid-contract');
  });
});

describe('the types', () => {
  it('follow from the schemas', () => {
    expectTypeOf(PriceChanged).parameter(0).toEqualTypeOf<{ pence: number; note?: string | undefined }>();
    expectTypeOf(PriceChanged({ pence: 1 })).toEqualTypeOf<
      DomainEvent<'PriceChanged', 2, { pence: number; note: string }>
    >();
    type Changed = EventOfType<typeof product.contract, 'PriceChanged'>;
    expectTypeOf<Changed['v']>().toEqualTypeOf<1 | 2>();
    expectTypeOf<Extract<Changed, { v: 1 }>['data']>().toEqualTypeOf<{ price: number }>();
    expectTypeOf<EventsOf<typeof product.contract>['type']>().toEqualTypeOf<'ProductCreated' | 'PriceChanged'>();
  });

  it('let a handler return events of its stream only, and give it checked data', () => {
    const sale = stream('sale', { SaleRegistered: v1(price) });
    commands(product, {
      Change: command(pence, ({ data }) => {
        expectTypeOf(data).toEqualTypeOf<{ pence: number; note: string }>();
        return PriceChanged(data);
      }),
    });
    // @ts-expect-error an event of another stream
    commands(product, { Change: command(price, () => sale.events.SaleRegistered({ price: 1 })) });
    // @ts-expect-error a field that the schema does not have
    command(price, ({ data }) => ProductCreated({ name: 'x', price: data.pence as number }));
  });
});
