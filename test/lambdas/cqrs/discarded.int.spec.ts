import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  add,
  aggregate,
  contribute,
  entityView,
  projection,
  put,
  remove,
  set,
  stream,
  v1,
  type Envelope,
  type ProjectionHandler,
} from '../../../lambdas/cqrs/index.js';
import { MovedClock, runMachine, statusOf } from './rebuild-machine.js';
import { ViewRig } from './view-rig.js';

const PARK_AFTER = 3;

let rig: ViewRig;
let clock: MovedClock;
let view: ProjectionHandler;

async function deliver(...commits: readonly Envelope[]): Promise<void> {
  for (const commit of commits) await view(rig.event([commit], PARK_AFTER));
}

async function discarded(name: string): Promise<void> {
  expect(await statusOf(view)).toMatchObject({ parked: 1 });
  await view.discard(name);
}

/** Rebuilds the view; what its new generation cannot take either is discarded in it too. */
async function rebuilt(name: string): Promise<void> {
  const input = { settle: 3, keep: 0, segments: 2 };
  expect((await runMachine(view, { clock, id: 'a', input })).at(-1)).toBe('failed');
  expect(await statusOf(view)).toMatchObject({ job: { problem: { code: 'parked', streams: [name] } } });
  await clock.sleep(3000);
  await view.discard(name);
  expect((await runMachine(view, { clock, id: 'b', input: { resume: true } })).at(-1)).toBe('done');
  expect((await runMachine(view, { clock, id: 'c', input })).at(-1)).toBe('failed');
  await view.discard(name);
  expect((await runMachine(view, { clock, id: 'd', input: { resume: true } })).at(-1)).toBe('done');
}

describe('an entity view with a commit that only the store could not take', () => {
  const product = stream('product', {
    Created: v1(z.object({ name: z.string() })),
    Priced: v1(z.object({ price: z.union([z.int(), z.string()]) })),
    Named: v1(z.object({ name: z.string() })),
    Retired: v1(z.object({})),
  });
  const { Created, Named, Priced, Retired } = product.events;

  beforeEach(async () => {
    clock = new MovedClock();
    const indexes = [{ name: 'by-band', partitionKey: 'band', sortKey: 'price' }];
    rig = await ViewRig.start({ kind: 'entity', stream: 'product', indexes, parkAfter: PARK_AFTER });
    const { now, sleep } = clock;
    const handlers = {
      Created: ({ data }: { data: { name: string } }) => put({ ...data, band: 'any', price: 1 }),
      Priced: ({ data }: { data: { price: number | string } }) => set(data),
      Named: ({ data }: { data: { name: string } }) => set(data),
      Retired: () => remove(),
    };
    view = projection(product, handlers, rig.options({ now, sleep }));
  });

  it('is rebuilt: the versions that it passed are noted with the entity, by the same request', async () => {
    await deliver(rig.commit('product/1', Created({ name: 'lantern' })));
    await deliver(rig.commit('product/1', Priced({ price: 'dear' })));
    rig.sent.length = 0;
    await discarded('product/1');
    const writes = rig.sent.filter(({ command }) => command === 'UpdateItem');
    expect(writes).toHaveLength(1);
    await deliver(rig.commit('product/1', Named({ name: 'lamp' })));
    expect((await rig.items())['1']).toMatchObject({ name: 'lamp', price: 1, _version: 3, _passed: new Set([2]) });
    await rebuilt('product/1');
    const reader = entityView(product, { table: rig.table, now: clock.now });
    const lamp = { id: '1', name: 'lamp', band: 'any', price: 1 };
    expect(await reader.get('1')).toEqual(lamp);
    expect((await reader.list('by-band', 'any')).items).toEqual([lamp]);
  });

  it('notes all of several, also that of an entity which never was', async () => {
    await deliver(rig.commit('product/1', Priced({ price: 1 })));
    await discarded('product/1');
    await deliver(rig.commit('product/1', Priced({ price: 'dear' })));
    await discarded('product/1');
    expect((await rig.items())['1']).toEqual({ id: '1', _tombstone: true, _version: 2, _passed: new Set([1, 2]) });
  });

  it('needs no note of what a later event has replaced', async () => {
    await deliver(rig.commit('product/1', Created({ name: 'lantern' })));
    await deliver(rig.commit('product/1', Priced({ price: 'dear' })));
    await discarded('product/1');
    await deliver(rig.commit('product/1', Retired({})));
    expect((await rig.items())['1']).toEqual({ id: '1', _tombstone: true, _version: 3 });
    const input = { settle: 3, keep: 0, segments: 2 };
    expect((await runMachine(view, { clock, id: 'a', input })).at(-1)).toBe('done');
  });
});

describe('an aggregate view with a commit that only the store could not take', () => {
  const sale = stream('sale', { Sold: v1(z.object({ day: z.union([z.string(), z.int()]), units: z.int() })) });
  const { Sold } = sale.events;

  beforeEach(async () => {
    clock = new MovedClock();
    const keys = { partitionKey: 'day', sortKey: 'country' };
    rig = await ViewRig.start({ kind: 'aggregate', stream: 'sale', ...keys, parkAfter: PARK_AFTER });
    const { now, sleep } = clock;
    const handlers = {
      Sold: ({ data: { day, units } }: { data: { day: string | number; units: number } }) =>
        units === 1 ? contribute({ day, country: 'UK' }, { units }) : add({ day, country: 'UK' }, { units }),
    };
    view = aggregate(sale, handlers, rig.options({ now, sleep }));
  });

  it.each([
    ['a number', 20_101_201],
    ['empty', ''],
  ])('is rebuilt: the versions that it passed are noted with what the stream contributes (key: %s)', async (_, day) => {
    await deliver(rig.commit('sale/1', Sold({ day: '2010-12-01', units: 1 })));
    await deliver(rig.commit('sale/1', Sold({ day, units: 7 })));
    await discarded('sale/1');
    await deliver(rig.commit('sale/1', Sold({ day: '2010-12-01', units: 3 })));
    const items = await rig.items();
    expect(items['_contribution#sale/1']).toMatchObject({ _version: 3, _passed: new Set([2]) });
    expect(items['2010-12-01|UK']).toMatchObject({ units: 4 });
    await rebuilt('sale/1');
    expect(await rig.items()).toMatchObject({ '_g3#2010-12-01|UK': { units: 4 } });
  });
});
