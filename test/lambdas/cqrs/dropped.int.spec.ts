import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  aggregate,
  aggregateView,
  contribute,
  projection,
  put,
  stream,
  v1,
  type ProjectionHandler,
} from '../../../lambdas/cqrs/index.js';
import { MovedClock, runMachine } from './rebuild-machine.js';
import { ViewRig } from './view-rig.js';

const sale = stream('sale', { Sold: v1(z.object({ day: z.string(), units: z.int() })) });
const { Sold } = sale.events;
const country = 'UK';

let clock: MovedClock;

beforeEach(() => {
  clock = new MovedClock();
});

/** Rebuilds a view until the generation of before is gone; the keys of what is left. */
async function keysAfterRebuild(rig: ViewRig, handler: ProjectionHandler): Promise<string[]> {
  expect((await runMachine(handler, { clock, id: 'a', input: { settle: 3, keep: 0 } })).at(-1)).toBe('done');
  return Object.keys(await rig.items()).sort();
}

describe('when the first generation is dropped, what the table holds beside the view stays', () => {
  it('in the table of an entity view, whose removed entities and parking marks go', async () => {
    const rig = await ViewRig.start({ kind: 'entity', stream: 'sale', parkAfter: 1 });
    const { now, sleep } = clock;
    const handlers = {
      Sold: ({ data }: { data: { units: number } }) => {
        if (data.units === 13) throw new Error('unlucky');
        return put(data);
      },
    };
    const handler = projection(sale, handlers, rig.options({ now, sleep }));
    await handler(rig.event([1, 2].map((id) => rig.commit(`sale/${id}`, Sold({ day: 'monday', units: id })))));
    await handler(rig.event([rig.commit('sale/3', Sold({ day: 'monday', units: 13 }))]));
    await rig.tamper({ id: 'settings', theme: 'dark' });
    expect(await keysAfterRebuild(rig, handler)).toEqual(['_g2#1', '_g2#2', '_g2#_parked#sale/3', 'settings']);
  });

  it('in the table of totals, which are marked as such and read without the mark', async () => {
    const keys = { partitionKey: 'day', sortKey: 'country' };
    const rig = await ViewRig.start({ kind: 'aggregate', stream: 'sale', ...keys });
    const { now, sleep } = clock;
    const handlers = {
      Sold: ({ data: { day, units } }: { data: { day: string; units: number } }) =>
        contribute({ day, country }, { units }),
    };
    const handler = aggregate(sale, handlers, rig.options({ now, sleep }));
    await handler(rig.event([rig.commit('sale/1', Sold({ day: 'monday', units: 2 }))]));
    await rig.tamper({ day: 'settings', country: 'shop', units: 1 });
    const view = aggregateView(sale, { table: rig.table, now });
    const total = { day: 'monday', country, units: 2 };
    expect(await view.get({ day: 'monday', country })).toEqual(total);
    const left = ['_g2#_contribution#sale/1', '_g2#monday|UK', 'settings|shop'];
    expect(await keysAfterRebuild(rig, handler)).toEqual(left);
    expect(await view.get({ day: 'monday', country })).toEqual(total);
    expect((await view.query('monday')).items).toEqual([total]);
  });
});
