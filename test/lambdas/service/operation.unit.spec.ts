import type { InvokeCommand } from '@aws-sdk/client-lambda';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import { z } from 'zod';
import { notFound, queries, refusal, type Problem } from '../../../lambdas/cqrs/index.js';
import { caller, operation, serve, type OperationError } from '../../../lambdas/service/index.js';

const reserve = operation('inventory', 'Reserve', {
  takes: z.strictObject({ product: z.string(), units: z.int().positive() }),
  gives: z.strictObject({ left: z.int() }),
});

const served = { DBPATTERNS_OPERATION: JSON.stringify({ service: 'inventory', name: 'Reserve' }) };
const wired = {
  DBPATTERNS_OPERATION_INVENTORY__RESERVE: JSON.stringify({
    service: 'inventory',
    name: 'Reserve',
    function: 'arn:reserve:live',
  }),
};

/** Lambda between the two: what is sent is JSON, and what a function throws is an answer with a mark. */
function lambda(handler: (call: unknown) => Promise<unknown>) {
  const send = vi.fn(async (command: InvokeCommand) => {
    const { Payload } = command.input;
    const call: unknown = JSON.parse(Buffer.from(Payload as Uint8Array).toString());
    try {
      return { Payload: Buffer.from(JSON.stringify(await handler(call))) };
    } catch (error) {
      const { name, message } = error as Error;
      return {
        FunctionError: 'Unhandled',
        Payload: Buffer.from(JSON.stringify({ errorType: name, errorMessage: message })),
      };
    }
  });
  return { send: send as never, calls: send.mock.calls };
}

function callerOf(handler: (call: unknown) => Promise<unknown>) {
  const { send, calls } = lambda(handler);
  return { call: caller(reserve, { environment: wired, client: { send } }), calls };
}

describe('an operation', () => {
  it('answers what its handler returns, by the alias that the caller was given', async () => {
    const { call, calls } = callerOf(serve(reserve, ({ units }) => ({ left: 10 - units }), { environment: served }));
    await expect(call({ product: 'lantern', units: 3 })).resolves.toEqual({ left: 7 });
    expect(calls[0]?.[0].input.FunctionName).toBe('arn:reserve:live');
    expectTypeOf(call).returns.resolves.toEqualTypeOf<{ left: number }>();
  });

  it('refuses what is nested too deep, before its schema walks through it', async () => {
    const looks = vi.fn(() => true);
    const deep = operation('inventory', 'Reserve', { takes: z.custom<unknown[]>(looks), gives: z.object({}) });
    const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
    const call = (depth: number) => ({ format: 1, operation: 'inventory/Reserve', input: nested(depth) });
    const handler = serve(deep, () => ({}), { environment: served });
    await expect(handler(call(33))).resolves.toMatchObject({
      problem: { status: 400, errors: [{ pointer: '', detail: 'nested more than 32 deep' }] },
    });
    expect(looks).not.toHaveBeenCalled();
    await expect(handler(call(32))).resolves.toEqual({ format: 1, answer: {} });
  });

  it('is told the key, the correlation and the trace of a call', async () => {
    const facts = { key: 'order-7', correlationId: 'c-1', traceparent: '00-1-2-01' };
    const seen: unknown[] = [];
    const handler = serve(
      reserve,
      (_, given) => {
        seen.push(given);
        return { left: 0 };
      },
      { environment: served },
    );
    await callerOf(handler).call({ product: 'lantern', units: 1 }, facts);
    expect(seen).toEqual([facts]);
  });

  it('refuses with its problem, which the caller meets as it was thrown', async () => {
    const handler = serve(
      reserve,
      () => {
        throw refusal('too-few', 'there are 2 left', { members: { left: 2 } });
      },
      { environment: served },
    );
    const problem = await callerOf(handler)
      .call({ product: 'lantern', units: 3 })
      .catch((error: unknown) => error as Problem);
    expect(problem).toMatchObject({ name: 'Problem', code: 'too-few', status: 409, members: { left: 2 } });
    expect((problem as Problem).document()).toEqual(
      refusal('too-few', 'there are 2 left', { members: { left: 2 } }).document(),
    );
  });

  it('is not called with what breaks the contract', async () => {
    const { call, calls } = callerOf(serve(reserve, () => ({ left: 0 }), { environment: served }));
    await expect(call({ product: 'secret-lantern', units: 0 })).rejects.toMatchObject({
      code: 'invalid-input',
      operation: 'inventory/Reserve',
      message: expect.stringMatching(/at fault: \/units$/),
    });
    expect(calls).toEqual([]);
  });

  it('refuses what a caller with another contract sends, with all fields at fault', async () => {
    const older = operation('inventory', 'Reserve', {
      takes: z.object({ sku: z.string() }),
      gives: z.object({ left: z.int() }),
    });
    const { send } = lambda(serve(reserve, () => ({ left: 0 }), { environment: served }));
    const call = caller(older, { environment: wired, client: { send } });
    const problem = await call({ sku: 'lantern' }).catch((error: unknown) => error as Problem);
    expect(problem).toMatchObject({ code: 'invalid', status: 400 });
    expect((problem as Problem).errors?.map(({ pointer }) => pointer)).toEqual(expect.arrayContaining(['/product']));
  });

  it('fails where its own answer breaks the contract', async () => {
    const handler = serve(reserve, () => ({ left: 'many' }) as never, { environment: served });
    await expect(callerOf(handler).call({ product: 'lantern', units: 1 })).rejects.toMatchObject({
      code: 'failed',
      message: 'inventory/Reserve failed with OperationError: see the log of its function',
    });
  });

  it('does not take an answer that the caller’s contract does not know', async () => {
    const { call } = callerOf(async () => ({ format: 1, answer: { left: 'many' } }));
    await expect(call({ product: 'lantern', units: 1 })).rejects.toMatchObject({ code: 'invalid-answer' });
  });

  it.each([[{ format: 2, answer: { left: 1 } }], [null], ['text'], [{ format: 1, problem: 'no' }]])(
    'does not take %j for an answer',
    async (answer) => {
      const { call } = callerOf(async () => answer);
      await expect(call({ product: 'lantern', units: 1 })).rejects.toMatchObject({ code: 'invalid-answer' });
    },
  );

  it('does not tell the caller what a failure says, which may quote what was sent', async () => {
    const handler = serve(
      reserve,
      () => {
        throw new TypeError('cannot read lantern');
      },
      { environment: served },
    );
    const error = await callerOf(handler)
      .call({ product: 'lantern', units: 1 })
      .catch((thrown: unknown) => thrown as OperationError);
    expect(error).toMatchObject({ code: 'failed' });
    expect((error as OperationError).message).not.toContain('lantern');
  });

  it('is asked again where Lambda surely did not take the call, and otherwise not', async () => {
    const throttled = Object.assign(new Error('slow down'), { name: 'TooManyRequestsException' });
    const lost = Object.assign(new Error('socket hang up'), { name: 'TimeoutError' });
    const send = vi
      .fn()
      .mockRejectedValueOnce(throttled)
      .mockResolvedValueOnce({ Payload: Buffer.from(JSON.stringify({ format: 1, answer: { left: 1 } })) })
      .mockRejectedValueOnce(lost);
    const sleep = vi.fn(async () => undefined);
    const call = caller(reserve, { environment: wired, client: { send }, sleep });
    await expect(call({ product: 'lantern', units: 1 })).resolves.toEqual({ left: 1 });
    await expect(call({ product: 'lantern', units: 1 })).rejects.toMatchObject({ code: 'unavailable' });
    expect(send).toHaveBeenCalledTimes(3);
    expect(sleep).toHaveBeenCalledTimes(1);
  });

  it('is asked three times at the most, after pauses of a random part of a span that doubles', async () => {
    const throttled = Object.assign(new Error('slow down'), { name: 'TooManyRequestsException' });
    const [send, sleep] = [vi.fn().mockRejectedValue(throttled), vi.fn(async () => undefined)];
    const call = caller(reserve, { environment: wired, client: { send }, sleep, random: () => 0.5 });
    await expect(call({ product: 'lantern', units: 1 })).rejects.toMatchObject({ code: 'unavailable' });
    expect(send).toHaveBeenCalledTimes(3);
    expect(sleep.mock.calls).toEqual([[100], [200]]);
  });

  it('that cannot be had now makes a query answer that it may be asked again, and one that nobody may call does not', async () => {
    const statusAfter = async (name: string) => {
      const send = vi.fn().mockRejectedValue(Object.assign(new Error('no'), { name }));
      const call = caller(reserve, { environment: wired, client: { send }, sleep: async () => undefined });
      const ask = queries({ 'GET /left': () => call({ product: 'lantern', units: 1 }) }, { log: () => undefined });
      const { statusCode } = await ask({ httpMethod: 'GET', path: '/left', headers: {} } as never);
      return statusCode;
    };
    expect(await statusAfter('TooManyRequestsException')).toBe(503);
    expect(await statusAfter('TimeoutError')).toBe(503);
    expect(await statusAfter('AccessDeniedException')).toBe(500);
  });

  it('serves nothing else: neither another operation nor what is no call', async () => {
    const handler = serve(reserve, () => ({ left: 0 }), { environment: served });
    for (const call of [
      {},
      { format: 1, operation: 'inventory/Release' },
      { format: 2, operation: 'inventory/Reserve' },
    ]) {
      await expect(handler(call)).rejects.toMatchObject({ code: 'other-contract' });
    }
  });

  it('is served only by the function that is wired as it', async () => {
    const environment = { DBPATTERNS_OPERATION: JSON.stringify({ service: 'inventory', name: 'Release' }) };
    const handler = serve(reserve, () => ({ left: 0 }), { environment });
    const call = { format: 1, operation: 'inventory/Reserve', input: { product: 'lantern', units: 1 } };
    await expect(handler(call)).rejects.toThrow(
      'this function is wired as the operation inventory/Release and serves the contract inventory/Reserve',
    );
    await expect(serve(reserve, () => ({ left: 0 }), { environment: {} })(call)).rejects.toMatchObject({
      code: 'missing-variable',
    });
  });

  it('is called only by a function that it was given to', async () => {
    await expect(caller(reserve, { environment: {} })({ product: 'lantern', units: 1 })).rejects.toMatchObject({
      code: 'missing-variable',
      variable: 'DBPATTERNS_OPERATION_INVENTORY__RESERVE',
    });
  });

  it.each([
    ['Inventory', 'Reserve'],
    ['inventory', 'reserve units'],
    ['inventory', ''],
  ])('has an address: %j/%j is none', (service, name) => {
    const schemas = { takes: z.string(), gives: z.string() };
    expect(() => operation(service, name, schemas)).toThrow('is no address of an operation');
  });

  it('passes on what does not exist as it is', async () => {
    const handler = serve(
      reserve,
      () => {
        throw notFound('product lantern');
      },
      { environment: served },
    );
    await expect(callerOf(handler).call({ product: 'lantern', units: 1 })).rejects.toMatchObject({ status: 404 });
  });
});
