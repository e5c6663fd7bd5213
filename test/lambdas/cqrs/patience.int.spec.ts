import type { SQSEvent } from 'aws-lambda';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  projection,
  put,
  stream,
  v1,
  type Envelope,
  type OwnQueue,
  type ProjectionHandler,
} from '../../../lambdas/cqrs/index.js';
import { ViewRig } from './view-rig.js';

const product = stream('product', { Created: v1(z.object({ price: z.int() })) });
const { Created } = product.events;

const START = Date.parse('2026-01-01T00:00:00Z');

/** The message that comes back: the same, or a copy. */
interface Message {
  readonly receives: number;
  readonly attempts: number;
  readonly copies: number;
}

let rig: ViewRig;
let time: number;
/** The message as it will be received next, and after how many seconds. */
let next: { readonly message: Message; readonly seconds: number };
let message: Message;

const queue: OwnQueue = {
  hide: async (_, seconds) => Promise.resolve(void (next = { message, seconds })),
  copy: async ({ copies }, seconds, attempts) =>
    Promise.resolve(void (next = { message: { receives: 0, attempts, copies: copies + 1 }, seconds })),
};

beforeEach(() => {
  time = START;
  message = { receives: 0, attempts: 0, copies: 0 };
});

async function patient(parkAfter: number, price: (price: number) => number): Promise<ProjectionHandler> {
  rig = await ViewRig.start({ kind: 'entity', stream: 'product', parkAfter });
  const options = rig.options({ queue, now: () => new Date(time) });
  return projection(product, { Created: ({ data }) => put({ price: price(data.price) }) }, options);
}

/** Delivers it once more; whether it comes back. */
async function delivered(handler: ProjectionHandler, envelope: Envelope): Promise<boolean> {
  message = { ...message, receives: message.receives + 1 };
  const { Records } = rig.event([envelope], message.receives);
  const number = (value: number) => ({ stringValue: String(value), dataType: 'Number' });
  const attributes = { 'dbpatterns-attempts': number(message.attempts), 'dbpatterns-copies': number(message.copies) };
  const event: SQSEvent = { Records: Records.map((record) => ({ ...record, messageAttributes: attributes })) };
  const before = next;
  await handler(event);
  if (next === before) return false;
  ({ message } = next);
  time += next.seconds * 1000;
  return true;
}

describe('what cannot be applied now', () => {
  const fail = (): number => {
    throw new Error('no mail server');
  };

  it('is tried as often as its projection says, further and further apart, and parked after that', async () => {
    const handler = await patient(24, fail);
    const bad = rig.commit('product/1', Created({ price: 1 }));
    const receives: number[] = [];
    let attempts = 0;
    do {
      attempts += 1;
      receives.push(message.receives + 1);
    } while (await delivered(handler, bad));
    expect(attempts).toBe(24);
    expect(Math.round((time - START) / 360_000) / 10).toBe(3.5);
    expect((await handler({ dbpatterns: 'parked' })).marks).toHaveLength(1);
    // A queue gives up on what it has delivered too often, and a projection takes it for what ends its function.
    expect(Math.max(...receives)).toBe(5);
  });

  it('is applied at the next attempt when it can be', async () => {
    let failing = 7;
    const handler = await patient(24, (price) => ((failing -= 1) >= 0 ? fail() : price));
    const good = rig.commit('product/1', Created({ price: 1 }));
    while (await delivered(handler, good));
    expect(failing).toBe(-1);
    expect((await rig.items())['1']).toMatchObject({ price: 1, _version: 1 });
  });
});

describe('the lag', () => {
  /** What was told so far, in seconds. */
  const told = (): unknown[] => rig.log.filter(({ Lag }) => Lag !== undefined).map(({ Lag }) => Lag);
  const away = (): void => {
    throw Object.assign(new Error('throttled'), { name: 'ThrottlingException', $metadata: {} });
  };
  const before = (seconds: number): string => new Date(START - seconds * 1000).toISOString();

  it('is the age of the oldest commit that was received and waits, told once a minute', async () => {
    const handler = await patient(3, (price) => price);
    const [a, b] = ['a', 'b'].map((id) => rig.commit(`product/${id}`, Created({ price: 1 })));
    const old = [
      { ...a!, time: before(20) },
      { ...b!, time: before(400) },
    ];
    rig.fault = away;
    await handler(rig.event(old));
    await handler(rig.event(old));
    expect(told()).toEqual([400]);
    time += 60_000;
    await handler(rig.event(old, 3));
    expect(told()).toEqual([400, 460]);
    rig.fault = () => undefined;
    time += 60_000;
    await handler(rig.event(old));
    expect(told()).toEqual([400, 460]);
  });

  it('is not told of a commit of long ago that is published once more while the store is away', async () => {
    const handler = await patient(3, (price) => price);
    const once = { ...rig.commit('product/a', Created({ price: 1 })), time: before(5_000_000) };
    const { Records } = rig.event([once]);
    rig.fault = away;
    const sent = { SentTimestamp: String(START - 2_000) };
    await handler({ Records: Records.map((one) => ({ ...one, attributes: { ...one.attributes, ...sent } })) });
    expect(told()).toEqual([2]);
  });

  it('is told of what waits for history', async () => {
    const handler = await patient(3, (price) => price);
    rig.historyIsAway = true;
    rig.commit('product/a', Created({ price: 1 }));
    await handler(rig.event([{ ...rig.commit('product/a', Created({ price: 2 })), time: before(30) }]));
    expect(told()).toEqual([30]);
  });

  it('is not told of a stream that is parked, which has a metric of its own', async () => {
    const handler = await patient(3, () => {
      throw new Error('refused');
    });
    const bad = { ...rig.commit('product/a', Created({ price: 1 })), time: before(30) };
    await handler(rig.event([bad], 2));
    expect(told()).toEqual([30]);
    time += 60_000;
    await handler(rig.event([bad], 3));
    await handler(rig.event([rig.commit('product/a', Created({ price: 2 }))]));
    expect(told()).toEqual([30]);
  });
});
