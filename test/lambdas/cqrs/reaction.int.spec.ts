import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  reaction,
  stream,
  v1,
  type Envelope,
  type ReactionHandler,
  type ReactionOptions,
} from '../../../lambdas/cqrs/index.js';
import { requests, shuffled, ViewRig } from './view-rig.js';

const order = stream('order', {
  Placed: v1(z.object({ customer: z.string() })),
  Paid: v1(z.object({})),
  Noted: v1(z.object({})),
});
const { Noted, Paid, Placed } = order.events;

let rig: ViewRig;
/** What was done outside: `placed order/1@1.0`. */
let done: string[];
/** What the next functions do. */
let refuse: (address: string) => void;

beforeEach(async () => {
  rig = await ViewRig.start({ kind: 'reaction', stream: 'order' });
  done = [];
  refuse = () => undefined;
});

const started = (options: Partial<ReactionOptions> = {}): ReactionHandler =>
  reaction(
    order,
    {
      Placed: async ({ address, data }) => {
        refuse(address);
        done.push(`placed ${address} for ${data.customer}`);
      },
      Paid: ({ address }) => {
        refuse(address);
        return done.push(`paid ${address}`);
      },
    },
    { ...rig.options(), since: '2000-01-01T00:00:00Z', ...options },
  );

const placed = (id: string): Envelope => rig.commit(`order/${id}`, Placed({ customer: `c${id}` }));
const paid = (id: string): Envelope => rig.commit(`order/${id}`, Paid({}));

describe('a reaction', () => {
  it('runs the functions of each commit in the order of its stream, whatever the transport does', async () => {
    const commits = [1, 2, 3].flatMap((id) => [placed(`${id}`), paid(`${id}`), paid(`${id}`)]);
    await rig.send(shuffled(commits, 7));
    await rig.pump(started());
    for (const id of ['1', '2', '3']) {
      expect(done.filter((what) => what.includes(`order/${id}@`))).toEqual([
        `placed order/${id}@1.0 for c${id}`,
        `paid order/${id}@2.0`,
        `paid order/${id}@3.0`,
      ]);
    }
  });

  it('reads the version first and writes it last: one read for a batch, one unit for a commit', async () => {
    const handler = started();
    await handler(rig.event([placed('1'), placed('2')]));
    expect(requests(rig.sent)).toMatchObject({ commands: ['BatchGetItem', 'UpdateItem', 'UpdateItem'], write: 2 });
    expect(done).toHaveLength(2);
  });

  it('runs nothing for a duplicate', async () => {
    const handler = started();
    const first = placed('1');
    await handler(rig.event([first]));
    rig.sent.length = 0;
    expect(await handler(rig.event([first, first]))).toEqual({ batchItemFailures: [] });
    expect(requests(rig.sent).commands).toEqual(['BatchGetItem']);
    expect(done).toHaveLength(1);
  });

  it('runs again, under the same address, what ended before its version was written', async () => {
    const handler = started();
    let lost = 1;
    rig.fault = (command) => {
      if (command === 'UpdateItem' && (lost -= 1) >= 0) throw Object.assign(new Error('away'), { $fault: 'server' });
    };
    await rig.send([placed('1')]);
    await rig.pump(handler);
    expect(done).toEqual(['placed order/1@1.0 for c1', 'placed order/1@1.0 for c1']);
  });

  it('is told each event by its address, and of no event that nobody waits for', async () => {
    const both = rig.commit('order/1', Placed({ customer: 'c' }), Noted({}), Paid({}));
    await started()(rig.event([both, rig.commit('order/1', Noted({}))]));
    expect(done).toEqual(['placed order/1@1.0 for c', 'paid order/1@1.2']);
    expect(await rig.items()).toEqual({ 'order/1': { id: 'order/1', _version: 2 } });
  });

  it('closes a gap from history before it goes on', async () => {
    placed('1');
    const second = paid('1');
    await started()(rig.event([second]));
    expect(done).toEqual(['placed order/1@1.0 for c1', 'paid order/1@2.0']);
    expect(rig.asked).toEqual(['order/1:1']);
  });

  it('parks a stream whose function keeps failing, while others go on, and passes it by discard', async () => {
    const handler = started();
    refuse = (address) => {
      if (address === 'order/1@2.0') throw new Error('no mail server');
    };
    const batch = [placed('1'), paid('1'), paid('1'), placed('2')];
    expect(await handler(rig.event(batch, 3))).toEqual({ batchItemFailures: [] });
    expect(done).toEqual(['placed order/1@1.0 for c1', 'placed order/2@1.0 for c2']);
    const { marks } = (await handler({ dbpatterns: 'parked' })) as { marks: object[] };
    expect(marks).toMatchObject([{ stream: 'order/1', version: 2 }]);
    refuse = () => undefined;
    expect((await handler.discard('order/1')).generations).toMatchObject([{ state: 'following', applied: 3 }]);
    expect(done.slice(2)).toEqual(['paid order/1@3.0']);
  });

  it('passes over what was decided before it began, in one write', async () => {
    const history = [placed('1'), paid('1'), paid('1')];
    const fresh = { ...paid('1'), time: '2026-11-22T18:00:00.000Z' };
    rig.commits.splice(0, 4, ...history, fresh);
    const handler = started({ since: '2026-11-22T18:00:00Z' });
    expect(await handler(rig.event([fresh]))).toEqual({ batchItemFailures: [] });
    expect(done).toEqual(['paid order/1@4.0']);
    expect(requests(rig.sent).commands.filter((command) => command === 'UpdateItem')).toHaveLength(2);
    expect(() => started({ since: 'yesterday' })).toThrow("since is 'yesterday'; allowed: a time in ISO 8601");
  });

  it('refuses a rebuild', async () => {
    const handler: (event: never) => Promise<unknown> = started();
    for (const step of ['start', 'status', 'swap']) {
      const request = { dbpatterns: 'rebuild', step } as never;
      await expect(handler(request)).rejects.toMatchObject({ name: 'ReactionError', code: 'no-rebuild' });
    }
  });
});
