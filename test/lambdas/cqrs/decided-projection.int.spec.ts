import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { decidedProjection } from '../../../lambdas/cqrs/decided-projection.js';
import { DeciderError, type Decider } from '../../../lambdas/cqrs/decider.js';
import { stream, v1, type ProjectionHandler } from '../../../lambdas/cqrs/index.js';
import { ViewRig } from './view-rig.js';

const { Priced } = stream('product', { Priced: v1(z.object({ price: z.int() })) }).events;

let rig: ViewRig;
let asked: object[];
beforeEach(async () => {
  rig = await ViewRig.start({ kind: 'entity', stream: 'product' });
  asked = [];
});

const deciding = (answer: (events: { data: { price: number } }[]) => unknown): ProjectionHandler => {
  const decider: Decider = async (question) => {
    asked.push(question);
    return answer((question as { events: { data: { price: number } }[] }).events);
  };
  return decidedProjection('product', decider, rig.options());
};

const putting = (events: { data: { price: number } }[]) => ({
  operations: events.map(({ data }) => ({ operation: 'put', fields: data })),
});

describe('a view whose operations are decided elsewhere', () => {
  it('holds what was decided, commit by commit', async () => {
    const commits = [5, 6].map((price) => rig.commit('product/1', Priced({ price })));
    await deciding(putting)(rig.event(commits));
    expect(await rig.items()).toMatchObject({ 1: { price: 6, _version: 2 } });
    expect(asked).toMatchObject([
      { events: [{ type: 'Priced', v: 1, id: '1', stream: 'product/1', version: 1, data: { price: 5 } }] },
      { events: [{ version: 2, data: { price: 6 } }] },
    ]);
  });

  it('takes a duplicate as nothing', async () => {
    const commit = rig.commit('product/1', Priced({ price: 5 }));
    const handler = deciding(putting);
    await handler(rig.event([commit]));
    expect(await handler(rig.event([commit], 2))).toEqual({ batchItemFailures: [] });
    expect(await rig.items()).toMatchObject({ 1: { price: 5, _version: 1 } });
  });

  it.each<[string, () => unknown]>([
    ['fails', failing],
    ['answers nothing', () => null],
    ['answers an operation that there is not', () => ({ operations: [{ operation: 'increase', fields: {} }] })],
    ['puts no fields', () => ({ operations: [{ operation: 'put' }] })],
  ])('parks what the decider %s about, and takes what comes for others', async (_, fault) => {
    const handler = deciding((events) => (events[0]!.data.price === 13 ? fault() : putting(events)));
    const commits = [
      rig.commit('product/bad', Priced({ price: 13 })),
      rig.commit('product/good', Priced({ price: 1 })),
    ];
    await handler(rig.event(commits, 3));
    expect(await rig.items()).toMatchObject({ good: { price: 1 }, '_parked#product/bad': {} });
  });

  it('asks again where the decider is throttled, and parks nothing', async () => {
    const busy = Object.assign(new Error('slow down'), { name: 'TooManyRequestsException' });
    const handler = deciding(() => {
      throw busy;
    });
    await handler(rig.event([rig.commit('product/1', Priced({ price: 5 }))], 3));
    expect(await rig.items()).toEqual({});
  });
});

function failing(): never {
  throw new DeciderError('decider-failed', 'it failed');
}
