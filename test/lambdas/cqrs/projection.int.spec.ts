import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  projection,
  put,
  remove,
  set,
  stream,
  v1,
  type Envelope,
  type HistoryReader,
  type ProjectionHandler,
} from '../../../lambdas/cqrs/index.js';
import { requests, shuffled, ViewRig } from './view-rig.js';

const product = stream('product', {
  Created: v1(z.object({ name: z.string(), price: z.int() })),
  Priced: v1(z.object({ price: z.int() })),
  Noted: v1(z.object({})),
  Retired: v1(z.object({})),
});
const { Created, Noted, Priced, Retired } = product.events;

const lantern = Created({ name: 'lantern', price: 100 });
const handlers = {
  Created: ({ data }: { data: { name: string; price: number } }) => put(data),
  Priced: ({ data }: { data: { price: number } }) => set({ price: data.price }),
  Retired: () => remove(),
};

/** Cannot take a price of 13 until it is mended. */
let mended = false;
const superstitious = {
  ...handlers,
  Priced: ({ data }: { data: { price: number } }) => {
    if (data.price === 13 && !mended) throw new Error('an unlucky price');
    return set({ price: data.price });
  },
};

const MARK = '_parked#product/poison';

let rig: ViewRig;
beforeEach(async () => {
  mended = false;
  rig = await ViewRig.start({ kind: 'entity', stream: 'product' });
});

const prices = (id: string, ...list: number[]): Envelope[] =>
  list.map((price) => rig.commit(`product/${id}`, Priced({ price })));

/** The log, without metrics. */
const said = ({ log }: ViewRig): ViewRig['log'] => log.filter(({ _aws }) => _aws === undefined);

/** Whether a request takes a parking mark away. */
const isUnparking = (command: string, input: object): boolean =>
  command === 'TransactWriteItems' && JSON.stringify(input).includes('"Delete":');

/** A price of 13 ends the function, as a time-out does: nothing is written, and nothing more is done. */
let end: () => void = () => undefined;
const deadly: ViewRig['fault'] = (_, { ExpressionAttributeValues: values }) => {
  if (mended || !/[:"]13\b/.test(JSON.stringify(values ?? {}))) return;
  end();
  return new Promise<never>(() => undefined);
};

/** Settles when a deadly price has ended the function; what the handler answers instead fails the test. */
async function ended(answer: Promise<unknown>): Promise<void> {
  const over = new Promise<'over'>((resolve) => (end = () => resolve('over')));
  expect(await Promise.race([answer, over])).toBe('over');
}

describe('a commit that ends the function', () => {
  it('is parked before it is tried once too often, and its neighbours are applied', async () => {
    const handler = projection(product, handlers, rig.options());
    rig.fault = deadly;
    const all = ['1', 'poison', '2'].flatMap((id) => [
      rig.commit(`product/${id}`, lantern),
      ...prices(id, id === 'poison' ? 13 : 12, 14),
    ]);
    // Received for the fourth time, and so tried under marks, where three attempts are what is allowed.
    await ended(handler(rig.event(all, 4)));
    expect(await handler(rig.event(all, 5))).toEqual({ batchItemFailures: [] });

    const items = await rig.items();
    expect(items['1']).toMatchObject({ price: 14, _version: 3 });
    expect(items['2']).toMatchObject({ price: 14, _version: 3 });
    expect(items['poison']).toMatchObject({ price: 100, _version: 1 });
    expect(items[MARK]).toMatchObject({ _parked: { version: 2, cause: expect.stringMatching(/^unfinished: /) } });
    expect(rig.log.filter((line) => line['Parked'] === 1)).not.toEqual([]);

    mended = true;
    expect(await handler.retry('product/poison')).toMatchObject({ generations: [{ state: 'following', applied: 3 }] });
    expect((await rig.items())[MARK]).toBeUndefined();
  });

  it('leaves no mark behind when it was only slow', async () => {
    const handler = projection(product, handlers, rig.options());
    const all = [rig.commit('product/poison', lantern), ...prices('poison', 13, 14)];
    expect(await handler(rig.event(all, 4))).toEqual({ batchItemFailures: [] });
    expect(await rig.items()).toEqual({ poison: { id: 'poison', name: 'lantern', price: 14, _version: 3 } });
  });

  it('has the end of history followed, in case the function ended after it had taken its mark away', async () => {
    const handler = projection(product, handlers, rig.options());
    const [created, a] = [rig.commit('product/poison', lantern), ...prices('poison', 12)];
    await handler(rig.event([created, a!]));
    // Acknowledged unapplied under the mark that is gone by now.
    prices('poison', 14);
    expect(await handler(rig.event([a!], 5))).toEqual({ batchItemFailures: [] });
    expect((await rig.items())['poison']).toMatchObject({ price: 14, _version: 3 });
  });

  it('has a mark that its view has passed looked through', async () => {
    const handler = projection(product, handlers, rig.options());
    const [created, a, b] = [rig.commit('product/poison', lantern), ...prices('poison', 13, 14)];
    await handler(rig.event([created]));
    rig.fault = (command, input) => {
      if (isUnparking(command, input)) throw new Error('the function ended here');
    };
    await handler(rig.event([a!], 4));
    rig.fault = () => undefined;
    expect((await rig.items())[MARK]).toMatchObject({ _parked: { version: 2 } });
    prices('poison', 15);
    const [last] = prices('poison', 16);
    expect(await handler(rig.event([last!]))).toEqual({ batchItemFailures: [] });
    expect((await rig.items())['poison']).toMatchObject({ price: 16, _version: 5 });
    expect(await handler(rig.event([b!], 5))).toEqual({ batchItemFailures: [] });
    expect((await rig.items())[MARK]).toBeUndefined();
  });

  it('has the end of history followed by the copy of its message as well, where that was away', async () => {
    const handler = projection(product, handlers, rig.options());
    const [created, a] = [rig.commit('product/poison', lantern), ...prices('poison', 12)];
    await handler(rig.event([created, a!]));
    prices('poison', 14);
    rig.historyIsAway = true;
    expect(await handler(rig.event([a!], 5))).toEqual({ batchItemFailures: [] });
    rig.historyIsAway = false;
    await rig.pump(handler);
    expect((await rig.items())['poison']).toMatchObject({ price: 14, _version: 3 });
  });
});

describe('a stream that lies far behind', () => {
  /** A stream of twelve commits, and a handler for which each page of its history takes 6 s, of the 30 that it has. */
  function slow(): { readonly last: Envelope; readonly handler: ProjectionHandler } {
    rig.commit('product/poison', lantern);
    const last = prices('poison', 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12).at(-1)!;
    let time = Date.parse('2026-01-01T00:00:00Z');
    const history: HistoryReader = async (...question) => {
      time += 6_000;
      return rig.history(...question);
    };
    return { last, handler: projection(product, handlers, rig.options({ history, now: () => new Date(time) })) };
  }

  it('is followed for half of the time of a function at most, and the rest of it by a copy that comes later', async () => {
    const { last, handler } = slow();
    expect(await handler(rig.event([last]))).toEqual({ batchItemFailures: [] });
    expect(rig.asked).toHaveLength(3);
    expect((await rig.items())['poison']).toMatchObject({ price: 6, _version: 6 });
    expect(said(rig)).toMatchObject([{ message: 'waits for history', stream: 'product/poison', version: 12 }]);
    await rig.pump(handler);
    expect(await rig.items()).toEqual({ poison: { id: 'poison', name: 'lantern', price: 12, _version: 12 } });
  });

  it('is traced for as long where it ended the function, and on under marks by the copy', async () => {
    const { last, handler } = slow();
    expect(await handler(rig.event([last], 4))).toEqual({ batchItemFailures: [] });
    expect(rig.asked).toHaveLength(3);
    expect((await rig.items())['poison']).toMatchObject({ price: 3, _version: 3 });
    rig.log.length = 0;
    await rig.pump(handler);
    expect(said(rig)).toContainEqual(
      expect.objectContaining({ message: 'commit tried under a mark', stream: 'product/poison', version: 4 }),
    );
    expect(await rig.items()).toEqual({ poison: { id: 'poison', name: 'lantern', price: 12, _version: 12 } });
  });
});

describe('a projection into an entity view', () => {
  it('applies each commit once when all come three times and out of order', async () => {
    const all = Array.from({ length: 6 }, (_, n) => [
      rig.commit(`product/${n}`, lantern),
      ...prices(String(n), 101, 102, 103),
    ]).flat();
    const handler = projection(product, handlers, rig.options());
    await rig.send(shuffled([...all, ...all, ...all], 7));
    await rig.pump(handler);
    const items = await rig.items();
    expect(Object.keys(items).sort()).toEqual(['0', '1', '2', '3', '4', '5']);
    for (const [id, item] of Object.entries(items)) {
      expect(item).toEqual({ id, name: 'lantern', price: 103, _version: 4 });
    }
    const applied = rig.sent.filter(({ command, write }) => /Put|Update/.test(command) && write > 0);
    expect(applied).toHaveLength(all.length);
    expect(rig.log).toEqual([]);
    expect(await rig.waiting(rig.deadLetterUrl)).toBe(0);
  });

  it('takes one write of one unit per commit, and reads nothing', async () => {
    const handler = projection(product, handlers, rig.options());
    const first = rig.commit('product/1', lantern, Priced({ price: 90 }), Noted({}));
    await handler(rig.event([first, ...prices('1', 101, 102), rig.commit('product/1', Noted({}))]));
    expect(requests(rig.sent)).toEqual({
      commands: ['Put', 'Update', 'Update', 'Update'].map((command) => `${command}Item`),
      write: 4,
      read: 0,
    });
    rig.sent.length = 0;
    await handler(rig.event([first]));
    expect(requests(rig.sent).commands).toEqual(['PutItem']);
    expect((await rig.items())['1']).toEqual({ id: '1', name: 'lantern', price: 102, _version: 4 });
    expect(rig.asked).toEqual([]);
  });

  it('closes a gap from history in the invocation that meets it, and ignores the late one', async () => {
    const handler = projection(product, handlers, rig.options());
    const [created, a, withheld, b, c, last] = [rig.commit('product/1', lantern), ...prices('1', 1, 2, 3, 4, 5)];
    await rig.send([created, a!]);
    await rig.pump(handler);
    const { batchItemFailures } = await handler(rig.event([last!]));
    expect(batchItemFailures).toEqual([]);
    expect(rig.asked).toEqual(['product/1:3', 'product/1:5']);
    expect((await rig.items())['1']).toMatchObject({ price: 5, _version: 6 });
    await handler(rig.event([withheld!, b!, c!]));
    expect((await rig.items())['1']).toMatchObject({ price: 5, _version: 6 });
    expect(rig.asked).toHaveLength(2);
  });

  it('reads the events of a thin entry from history', async () => {
    const handler = projection(product, handlers, rig.options());
    const { data: _, ...thin } = rig.commit('product/1', lantern);
    await handler(rig.event([thin]));
    expect((await rig.items())['1']).toMatchObject({ name: 'lantern', _version: 1 });
    await handler(rig.event([thin]));
    expect(rig.asked).toEqual(['product/1:1']);
  });

  it('sends itself a delayed copy while history is away, and acknowledges the original', async () => {
    const handler = projection(product, handlers, rig.options());
    rig.commit('product/1', lantern);
    rig.historyIsAway = true;
    const [late] = prices('1', 7);
    const { batchItemFailures } = await handler(rig.event([late!], 2));
    expect(batchItemFailures).toEqual([]);
    expect(await rig.waiting(rig.queueUrl)).toBe(1);
    setTimeout(() => (rig.historyIsAway = false), 1500);
    await rig.pump(handler);
    expect((await rig.items())['1']).toMatchObject({ price: 7, _version: 2 });
    expect(said(rig).map(({ message, copies }) => `${message} ${String(copies)}`)).toEqual([
      'waits for history 0',
      'waits for history 1',
    ]);
  });

  it('never brings a removed entity back by a late event, and makes it anew by a later one', async () => {
    const handler = projection(product, handlers, rig.options());
    const created = rig.commit('product/1', lantern);
    const [priced] = prices('1', 1);
    const retired = rig.commit('product/1', Retired({}));
    await handler(rig.event([retired, created, priced!]));
    await handler(rig.event([created]));
    await handler(rig.event([priced!]));
    expect((await rig.items())['1']).toEqual({ id: '1', _tombstone: true, _version: 3 });
    await handler(rig.event([rig.commit('product/1', Noted({})), rig.commit('product/1', lantern)]));
    expect((await rig.items())['1']).toEqual({ id: '1', name: 'lantern', price: 100, _version: 5 });
  });

  it('moves the version for an event that it does not care about, from the first on', async () => {
    const handler = projection(product, handlers, rig.options());
    await handler(rig.event([rig.commit('product/1', Noted({}))]));
    expect((await rig.items())['1']).toEqual({ id: '1', _tombstone: true, _version: 1 });
  });

  it('leaves what is no envelope to the dead letters, and applies the rest of the batch', async () => {
    const strict = await ViewRig.start({ kind: 'entity', stream: 'product', maxReceiveCount: 2 });
    const handler = projection(product, handlers, strict.options());
    const alien: Envelope = { ...strict.commit('product/1', lantern), type: 'sale', subject: 'sale/1', id: 'sale/1@1' };
    await strict.send(['no JSON', '{"detail":{}}', alien, strict.commit('product/2', lantern)]);
    await strict.pump(handler);
    expect(await strict.waiting(strict.deadLetterUrl)).toBe(3);
    expect(Object.keys(await strict.items()).sort()).toEqual(['2']);
  });
});

describe('poison', () => {
  it('is parked after its attempts while other streams go on, and what follows is acknowledged', async () => {
    const handler = projection(product, superstitious, rig.options());
    await rig.send([
      rig.commit('product/poison', lantern),
      ...prices('poison', 12, 13, 14),
      rig.commit('product/good', lantern),
      ...prices('good', 1, 2),
    ]);
    await rig.pump(handler);
    const items = await rig.items();
    expect(items['good']).toMatchObject({ price: 2, _version: 3 });
    expect(items['poison']).toMatchObject({ price: 12, _version: 2 });
    expect(items[MARK]).toEqual({
      id: MARK,
      _parked: {
        stream: 'product/poison',
        version: 3,
        cause: expect.stringMatching(
          /^handler-failed: the handler of Priced failed at product\/poison@3\.0: Error at [\w.-]+:\d+:\d+$/,
        ) as string,
        at: expect.any(String) as string,
      },
    });
    expect(rig.log.filter(({ message }) => message === 'stream parked')).toHaveLength(1);
    const { batchItemFailures } = await handler(rig.event(prices('poison', 15)));
    expect(batchItemFailures).toEqual([]);
    expect((await rig.items())['poison']).toMatchObject({ _version: 2 });
    expect(await rig.waiting(rig.deadLetterUrl)).toBe(0);
  });

  it('is applied by retry when its handler is mended, with what was acknowledged meanwhile', async () => {
    const handler = projection(product, superstitious, rig.options());
    rig.commit('product/poison', lantern);
    const [bad] = prices('poison', 13);
    await handler(rig.event([bad!], 3));
    await handler(rig.event(prices('poison', 14, 15, 16)));
    const still = await handler({ dbpatterns: 'retry', stream: 'product/poison' });
    expect(still).toMatchObject({ stream: 'product/poison', generations: [{ state: 'parked', applied: 1 }] });
    expect((await rig.items())[MARK]).toMatchObject({ _parked: { version: 2 } });
    mended = true;
    const retried = await handler({ dbpatterns: 'retry', stream: 'product/poison' });
    expect(retried).toEqual({
      stream: 'product/poison',
      generations: [{ generation: 1, live: true, state: 'following', applied: 5 }],
    });
    const items = await rig.items();
    expect(items['poison']).toMatchObject({ price: 16, _version: 5 });
    expect(items[MARK]).toBeUndefined();
  });

  it('is passed by discard: exactly that version, and the rest is applied', async () => {
    const handler = projection(product, superstitious, rig.options());
    rig.commit('product/poison', lantern);
    const [bad] = prices('poison', 13);
    await handler(rig.event([bad!], 3));
    await handler(rig.event(prices('poison', 14, 13, 15)));
    const first = await handler.discard('product/poison');
    expect(first).toMatchObject({ generations: [{ state: 'parked', applied: 3 }] });
    expect((await rig.items())['poison']).toMatchObject({ price: 14, _version: 3 });
    const second = await handler({ dbpatterns: 'discard', stream: 'product/poison' });
    expect(second).toMatchObject({ generations: [{ state: 'following', applied: 5 }] });
    expect((await rig.items())['poison']).toMatchObject({ price: 15, _version: 5 });
    await handler(rig.event([bad!], 9));
    expect((await rig.items())[MARK]).toBeUndefined();
    expect(await handler.discard('product/poison')).toMatchObject({
      generations: [{ state: 'following', applied: 5 }],
    });
  });

  it('reads history once more after the mark is gone, for what was acknowledged in between', async () => {
    mended = true;
    const handler = projection(product, superstitious, rig.options());
    rig.commit('product/poison', lantern);
    prices('poison', 13);
    rig.fault = (command, input) => {
      if (isUnparking(command, input)) prices('poison', 14);
    };
    expect(await handler.retry('product/poison')).toMatchObject({ generations: [{ state: 'following', applied: 3 }] });
  });

  it('is a change of an entity that is missing or removed, an event that breaks the contract, and one unheard of', async () => {
    const handler = projection(product, handlers, rig.options());
    const removed = [rig.commit('product/removed', lantern), rig.commit('product/removed', Retired({}))];
    const cases = [
      rig.commit('product/missing', Priced({ price: 1 })),
      rig.commit('product/broken', { type: 'Priced', v: 1, data: { price: 'dear' } }),
      rig.commit('product/unheard', { type: 'Exploded', v: 1, data: {} }),
      rig.commit('product/newer', { type: 'Priced', v: 2, data: { price: 1 } }),
      ...prices('removed', 1),
    ];
    await handler(rig.event(removed));
    expect(await handler(rig.event(cases, 3))).toEqual({ batchItemFailures: [] });
    const marks = Object.values(await rig.items()).flatMap(
      (item) => (item['_parked'] as { cause: string } | undefined) ?? [],
    );
    expect(marks.map(({ cause }) => cause.split(':')[0]).sort()).toEqual([
      'contract-failed',
      'contract-failed',
      'contract-failed',
      'entity-missing',
      'entity-missing',
    ]);
  });

  it('is also what the store cannot hold', async () => {
    const handler = projection(product, { Created: () => put({ when: new Date(0) }) }, rig.options());
    const large = projection(product, { Created: () => put({ text: 'x'.repeat(500_000) }) }, rig.options());
    await handler(rig.event([rig.commit('product/1', lantern)], 3));
    await large(rig.event([rig.commit('product/2', lantern)], 3));
    const items = await rig.items();
    expect(Object.keys(items).sort()).toEqual(['_parked#product/1', '_parked#product/2']);
  });

  it('is not what fails because the store is away: that comes back as often as it takes', async () => {
    const impatient = await ViewRig.start({ kind: 'entity', stream: 'product', parkAfter: 2, maxReceiveCount: 3 });
    const handler = projection(product, handlers, impatient.options());
    let away = 4;
    impatient.fault = () => {
      if ((away -= 1) >= 0) throw Object.assign(new Error('throttled'), { name: 'ThrottlingException', $metadata: {} });
    };
    await impatient.send([impatient.commit('product/1', lantern)]);
    await impatient.pump(handler);
    expect(Object.keys(await impatient.items())).toEqual(['1']);
    expect(said(impatient).map(({ message, copies }) => `${message} ${String(copies)}`)).toEqual(
      ['0', '0', '1', '1'].map((copies) => `waits for the store ${copies}`),
    );
    expect(await impatient.waiting(impatient.deadLetterUrl)).toBe(0);
  });

  it('does not park a stream that a newer handler has moved on in the meantime', async () => {
    const old = projection(product, superstitious, rig.options());
    const newer = projection(product, handlers, rig.options());
    rig.commit('product/poison', lantern);
    const [bad] = prices('poison', 13);
    let between = 0;
    rig.fault = async (command) => {
      if (command !== 'TransactWriteItems') return;
      between += 1;
      await newer(rig.event([bad!]));
    };
    const { batchItemFailures } = await old(rig.event([bad!], 3));
    expect({ between, failed: batchItemFailures.length }).toEqual({ between: 1, failed: 0 });
    // A copy of it comes instead.
    expect(await rig.waiting(rig.queueUrl)).toBe(1);
    const items = await rig.items();
    expect(items['poison']).toMatchObject({ price: 13, _version: 2 });
    expect(items[MARK]).toBeUndefined();
    await rig.pump(old);
    expect((await rig.items())[MARK]).toBeUndefined();
  });
});
