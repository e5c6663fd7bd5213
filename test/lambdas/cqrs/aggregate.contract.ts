import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  add,
  contribute,
  stream,
  v1,
  withdraw,
  type ContributionOperation,
  type Envelope,
  type EventHandlers,
  type ProjectionHandler,
  type ProjectionHandlerOptions,
} from '../../../lambdas/cqrs/index.js';
import { shuffled, type ViewRig } from './view-rig.js';

const lines = z.object({ day: z.string(), country: z.string(), units: z.int() });

export const sale = stream('sale', {
  Registered: v1(lines),
  Corrected: v1(lines),
  Returned: v1(lines),
  Voided: v1(z.object({})),
  Noted: v1(z.object({})),
  Wide: v1(z.object({ totals: z.int() })),
  Torn: v1(z.object({ day: z.string() })),
  Odd: v1(z.object({})),
});
export const { Corrected, Noted, Odd, Registered, Returned, Torn, Voided, Wide } = sale.events;

type Handlers = EventHandlers<(typeof sale)['contract'], ContributionOperation>;

/** What a kind of store brings to the suite: totals by day and country, with the measures sales, units and returns. */
export interface AggregateAdapter {
  /** The queue and the history; `totals` looks into the store that `handler` writes. */
  readonly rig: ViewRig;
  handler(handlers: Handlers, options?: Partial<ProjectionHandlerOptions>): ProjectionHandler;
  /** `day|country` and all three measures, absent ones as zero. */
  totals(): Promise<Record<string, { sales: number; units: number; returns: number }>>;
  /** A contribution that the store cannot hold. */
  readonly impossible: ContributionOperation;
  /** Makes the next requests to the store fail as if it were away. */
  away(requests: number): void;
}

export const FIRST = '2010-12-01';
export const SECOND = '2010-12-02';

const registered = ({ data }: { data: z.infer<typeof lines> }) =>
  contribute({ day: data.day, country: data.country }, { sales: 1, units: data.units });

/** What the aggregate under test does. */
export const handlers: Handlers = {
  Registered: registered,
  Corrected: (event) => [withdraw(), registered(event)],
  Returned: ({ data }) => add({ day: data.day, country: data.country }, { returns: 1, units: -data.units }),
  Voided: () => withdraw(),
  Wide: ({ data }) =>
    Array.from({ length: data.totals }, (_, n) => contribute({ day: `day-${n}`, country: 'UK' }, { sales: 1 })),
  Torn: ({ data }) => contribute({ day: data.day, country: 'UK' }, { units: 0.5 }),
};

/** What every aggregate view promises, whatever store keeps it. */
export function aggregateContract(name: string, start: () => Promise<AggregateAdapter>): void {
  describe(`an aggregate view in ${name}`, () => {
    let adapter: AggregateAdapter;
    let rig: ViewRig;
    let handler: ProjectionHandler;
    beforeEach(async () => {
      adapter = await start();
      rig = adapter.rig;
      handler = adapter.handler({ ...handlers, Odd: () => adapter.impossible });
    });

    const sold = (id: number | string, day: string, units = 1, country = 'UK'): Envelope =>
      rig.commit(`sale/${id}`, Registered({ day, country, units }));
    const returned = (id: number | string, day: string, units = 1): Envelope =>
      rig.commit(`sale/${id}`, Returned({ day, country: 'UK', units }));
    const uk = (day: string, sales: number, units: number, returns = 0) => ({
      [`${day}|UK`]: { sales, units, returns },
    });

    it('counts each commit once when all come three times and out of order', async () => {
      const all = Array.from({ length: 12 }, (_, n) => [
        sold(n, n % 2 === 0 ? FIRST : SECOND, 10),
        returned(n, SECOND, 3),
      ]).flat();
      await rig.send(shuffled([...all, ...all, ...all], 11));
      await rig.pump(handler);
      expect(await adapter.totals()).toEqual({ ...uk(FIRST, 6, 60), ...uk(SECOND, 6, 60 - 36, 12) });
      expect(await rig.waiting(rig.deadLetterUrl)).toBe(0);
    });

    it('counts each commit once when batches with the same commits run at the same time', async () => {
      const all = Array.from({ length: 10 }, (_, n) => [sold(n, FIRST, 10), returned(n, FIRST, 1)]).flat();
      const batches = [1, 2, 3, 4].map((n) => adapter.handler(handlers)(rig.event(shuffled(all, n))));
      expect((await Promise.all(batches)).flatMap((answer) => answer.batchItemFailures)).toEqual([]);
      expect(await adapter.totals()).toEqual(uk(FIRST, 10, 90, 10));
    });

    it('moves what a correction moves, and keeps totals that come to zero', async () => {
      const correction = [
        sold(1, FIRST, 5),
        rig.commit('sale/1', Corrected({ day: FIRST, country: 'France', units: 4 })),
      ];
      for (const commit of correction) await handler(rig.event([commit]));
      const moved = { ...uk(FIRST, 0, 0), [`${FIRST}|France`]: { sales: 1, units: 4, returns: 0 } };
      expect(await adapter.totals()).toEqual(moved);
      const voided = rig.commit('sale/1', Voided({}));
      await handler(rig.event([voided]));
      await handler(rig.event([...correction, voided]));
      expect(await adapter.totals()).toEqual({ ...moved, [`${FIRST}|France`]: { sales: 0, units: 0, returns: 0 } });
    });

    it('comes to the same whether commits come one by one, in one batch, or in any cut', async () => {
      const story = (id: string): Envelope[] => [
        sold(id, FIRST, 5),
        returned(id, FIRST, 2),
        returned(id, SECOND, 1),
        rig.commit(`sale/${id}`, Noted({})),
        rig.commit(
          `sale/${id}`,
          Registered({ day: SECOND, country: 'UK', units: 7 }),
          Returned({ day: SECOND, country: 'UK', units: 1 }),
        ),
        rig.commit(`sale/${id}`, Voided({}), Registered({ day: FIRST, country: 'UK', units: 9 })),
        returned(id, FIRST, 4),
      ];
      for (const commit of story('one')) await handler(rig.event([commit]));
      const alone = await adapter.totals();
      expect(alone).toEqual({ ...uk(FIRST, 1, 5, 1), ...uk(SECOND, 0, 0) });
      await handler(rig.event(story('all')));
      const cut = story('cut');
      await handler(rig.event(cut.slice(0, 3)));
      await handler(rig.event(cut.slice(2, 6)));
      await handler(rig.event(cut.slice(1)));
      expect(await adapter.totals()).toEqual({ ...uk(FIRST, 3, 15, 3), ...uk(SECOND, 0, 0) });
    });

    it('closes a gap from history', async () => {
      const first = sold(1, FIRST, 10);
      const more = Array.from({ length: 4 }, () => returned(1, FIRST));
      expect(await handler(rig.event([more[3]!, sold(2, FIRST, 100)]))).toEqual({ batchItemFailures: [] });
      expect(await adapter.totals()).toEqual(uk(FIRST, 2, 106, 4));
      await handler(rig.event([first, ...more]));
      expect(await adapter.totals()).toEqual(uk(FIRST, 2, 106, 4));
      expect(rig.asked).toEqual(['sale/1:1', 'sale/1:3', 'sale/1:5']);
    });

    it('parks what it cannot add while the rest of the batch goes on, and passes it by discard', async () => {
      const torn = [sold(1, FIRST), rig.commit('sale/1', Torn({ day: FIRST })), rig.commit('sale/1', Voided({}))];
      expect(await handler(rig.event([...torn, sold(2, FIRST)], 3))).toEqual({ batchItemFailures: [] });
      expect(await adapter.totals()).toEqual(uk(FIRST, 2, 2));
      const { marks } = await handler({ dbpatterns: 'show', stream: 'sale/1' });
      expect(marks).toMatchObject([{ stream: 'sale/1', version: 2, generation: 1, live: true }]);
      expect(JSON.stringify(marks)).toContain("invalid-operation: measure 'units' is not a whole number");
      expect((await handler.discard('sale/1')).generations).toMatchObject([{ state: 'following', applied: 3 }]);
      expect(await adapter.totals()).toEqual(uk(FIRST, 1, 1));
      expect(await handler({ dbpatterns: 'parked' })).toEqual({ marks: [] });
    });

    it('finds the one commit that the store refuses, and applies the others', async () => {
      const before = sold(2, FIRST);
      const refused = rig.commit('sale/2', Odd({}));
      const batch = [sold(1, FIRST), sold(3, FIRST), before, refused, sold(4, FIRST)];
      expect(await handler(rig.event(batch, 3))).toEqual({ batchItemFailures: [] });
      expect(await adapter.totals()).toEqual(uk(FIRST, 4, 4));
      expect(await handler({ dbpatterns: 'parked' })).toMatchObject({ marks: [{ stream: 'sale/2', version: 2 }] });
      const mended = adapter.handler({
        ...handlers,
        Odd: () => contribute({ day: SECOND, country: 'UK' }, { sales: 1 }),
      });
      expect((await mended.retry('sale/2')).generations).toMatchObject([{ state: 'following', applied: 2 }]);
      expect(await adapter.totals()).toEqual({ ...uk(FIRST, 4, 4), ...uk(SECOND, 1, 0) });
      expect(await mended({ dbpatterns: 'parked' })).toEqual({ marks: [] });
    });

    it('parks a stream whose first commit cannot be applied, and applies nothing of it meanwhile', async () => {
      const refused = rig.commit('sale/1', Odd({}));
      expect(await handler(rig.event([refused], 3))).toEqual({ batchItemFailures: [] });
      expect(await handler(rig.event([refused, returned(1, FIRST)]))).toEqual({ batchItemFailures: [] });
      expect(await adapter.totals()).toEqual({});
      expect((await handler.discard('sale/1')).generations).toMatchObject([{ state: 'following', applied: 2 }]);
      expect(await adapter.totals()).toEqual(uk(FIRST, 0, -1, 1));
    });

    it('takes a repeated commit that it could not apply today for the duplicate that it is', async () => {
      const first = sold(1, FIRST);
      await handler(rig.event([first]));
      const broken = adapter.handler({
        Registered: () => {
          throw new Error('broken today');
        },
      });
      expect(await broken(rig.event([first], 3))).toEqual({ batchItemFailures: [] });
      expect(await handler({ dbpatterns: 'parked' })).toEqual({ marks: [] });
      expect(rig.log).toEqual([]);
    });

    it('tries again what fails because the store is away, as often as it takes, and counts it once', async () => {
      await rig.send([sold(1, FIRST)]);
      adapter.away(2);
      await rig.pump(handler);
      expect(await adapter.totals()).toEqual(uk(FIRST, 1, 1));
      expect(await handler({ dbpatterns: 'parked' })).toEqual({ marks: [] });
      expect(await rig.waiting(rig.deadLetterUrl)).toBe(0);
    });
  });
}
