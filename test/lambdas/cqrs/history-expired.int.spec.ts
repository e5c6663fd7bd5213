import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  aggregate,
  contribute,
  projection,
  put,
  reaction,
  set,
  stream,
  v1,
  withdraw,
  type Envelope,
  type ProjectionHandler,
  type ReactionHandler,
} from '../../../lambdas/cqrs/index.js';
import { MovedClock, runMachine, statusOf } from './rebuild-machine.js';
import { ViewRig } from './view-rig.js';

const product = stream('product', {
  Created: v1(z.object({ price: z.int() })),
  Priced: v1(z.object({ price: z.int() })),
});
const { Created, Priced } = product.events;

let rig: ViewRig;

/** A stream of six commits, of which the first three were cleaned up; the fifth and the sixth are delivered. */
function old(
  id: string,
  fourth: ReturnType<typeof Created | typeof Priced> = Priced({ price: 4 }),
): [Envelope, Envelope] {
  const name = `product/${id}`;
  rig.commit(name, Created({ price: 1 }));
  for (const price of [2, 3]) rig.commit(name, Priced({ price }));
  rig.commit(name, fourth);
  rig.oldest.set(name, 4);
  return [rig.commit(name, Priced({ price: 5 })), rig.commit(name, Priced({ price: 6 }))];
}

const messages = (): string[] => rig.log.map(({ message }) => message);

describe('a view of a stream whose first commits were cleaned up', () => {
  let handler: ProjectionHandler;

  beforeEach(async () => {
    rig = await ViewRig.start({ kind: 'entity', stream: 'product' });
    handler = projection(product, { Created: ({ data }) => put(data), Priced: ({ data }) => set(data) }, rig.options());
  });

  it('is parked and counted, since no history will ever close that gap', async () => {
    await rig.send(old('old'));
    await rig.pump(handler);
    expect((await handler({ dbpatterns: 'parked' })).marks).toMatchObject([
      {
        stream: 'product/old',
        version: 1,
        cause: expect.stringMatching(/^history-expired {.*"oldest":4}: .*were cleaned up/),
      },
    ]);
    expect(messages()).not.toContain('waits for history');
    expect(rig.log.filter((line) => line['Parked'] !== undefined)).not.toEqual([]);
    expect(await handler.retry('product/old')).toMatchObject({ generations: [{ state: 'parked', applied: 0 }] });
  });

  it('is shown with what history says, and begins with the oldest commit that is left when it is discarded', async () => {
    await handler(rig.event(old('old', Created({ price: 4 })), 3));
    const { marks } = await handler({ dbpatterns: 'show', stream: 'product/old' });
    expect(marks).toMatchObject([{ version: 1, problem: expect.stringContaining('"oldest":4') }]);
    expect(await handler.discard('product/old')).toMatchObject({ generations: [{ state: 'following', applied: 6 }] });
    expect((await rig.items())['old']).toMatchObject({ price: 6, _version: 6 });
  });

  it('is parked at the oldest commit that is left, where that needs what was lost', async () => {
    await handler(rig.event(old('old'), 3));
    const { generations } = await handler.discard('product/old');
    expect(generations).toMatchObject([{ state: 'parked', applied: 3 }]);
    expect(generations[0]!.cause).toContain('set needs an existing entity');
  });

  it('is discarded also where the commit was cleaned up after its stream was parked', async () => {
    const commits = [
      rig.commit('product/1', Created({ price: 1 })),
      rig.commit('product/1', { type: 'Odd', v: 1, data: {} }),
    ];
    await handler(rig.event(commits, 3));
    for (const price of [3, 4]) rig.commit('product/1', Priced({ price }));
    rig.oldest.set('product/1', 4);
    expect(await handler.retry('product/1')).toMatchObject({ generations: [{ state: 'parked', applied: 1 }] });
    expect(await handler.discard('product/1')).toMatchObject({ generations: [{ state: 'following', applied: 4 }] });
    expect((await rig.items())['1']).toMatchObject({ price: 4, _version: 4 });
  });

  it('cannot be rebuilt, and the job says why', async () => {
    const clock = new MovedClock();
    const { now, sleep } = clock;
    const rebuilt = projection(product, { Priced: ({ data }) => put(data) }, rig.options({ now, sleep }));
    old('old');
    expect((await runMachine(rebuilt, { clock, id: 'a', input: { settle: 1, segments: 1 } })).at(-1)).toBe('failed');
    expect((await statusOf(rebuilt)).job?.problem).toMatchObject({ code: 'history-expired', streams: ['product/old'] });
  });

  it('is not taken for one whose name says so', async () => {
    rig.commit('product/history-expired', Created({ price: 1 }));
    const later = rig.commit('product/history-expired', Priced({ price: 2 }));
    rig.commits.length = 0;
    await handler(rig.event([later], 3));
    expect(messages()).toContain('waits for history');
    expect((await handler({ dbpatterns: 'parked' })).marks).toEqual([]);
  });
});

describe('totals of such a stream', () => {
  it('hold what is left of it, once what was lost is discarded', async () => {
    rig = await ViewRig.start({ kind: 'aggregate', stream: 'product', partitionKey: 'band' });
    const handler = aggregate(
      product,
      {
        Created: () => contribute({ band: 'all' }, { products: 1 }),
        Priced: ({ data }) => [withdraw(), contribute({ band: 'all' }, { price: data.price })],
      },
      rig.options(),
    );
    await handler(rig.event(old('old'), 3));
    expect(await handler.discard('product/old')).toMatchObject({ generations: [{ state: 'following', applied: 6 }] });
    expect((await rig.items())['all']).toMatchObject({ price: 6 });
  });
});

describe('a reaction to such a stream', () => {
  let done: string[];

  beforeEach(async () => {
    rig = await ViewRig.start({ kind: 'reaction', stream: 'product' });
    done = [];
  });

  const since = (time: string): ReactionHandler =>
    reaction(
      product,
      { Created: ({ address }) => done.push(address), Priced: ({ address }) => done.push(address) },
      { ...rig.options(), since: time },
    );

  it('passes over what was lost with what was decided before it began', async () => {
    const [fifth, sixth] = old('old');
    const fresh = { ...sixth, time: '2026-11-22T18:00:00.000Z' };
    rig.commits.splice(-1, 1, fresh);
    const handler = since('2026-11-22T00:00:00Z');
    expect(await handler(rig.event([fifth, fresh]))).toEqual({ batchItemFailures: [] });
    expect(done).toEqual(['product/old@6.0']);
    expect(rig.sent.filter(({ command }) => command === 'UpdateItem')).toHaveLength(2);
  });

  it('is parked where something may be lost that it should have reacted to, and goes on when that is discarded', async () => {
    const handler = since('2000-01-01T00:00:00Z');
    await handler(rig.event(old('old'), 3));
    expect((await handler({ dbpatterns: 'parked' })) as unknown).toMatchObject({ marks: [{ version: 1 }] });
    await handler.discard('product/old');
    expect(done).toEqual(['product/old@4.0', 'product/old@5.0', 'product/old@6.0']);
  });
});
