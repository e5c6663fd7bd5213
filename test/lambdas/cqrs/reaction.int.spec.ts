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
const parked = async (handler: ReactionHandler): Promise<unknown> => {
  const page = await handler({ dbpatterns: 'parked' });
  return 'marks' in page && page.marks;
};
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

  it('passes over a long history that was lost, a part at a time', async () => {
    const version = (number: number, time: string) => ({
      ...paid('1'),
      ...{ id: `order/1@${number}`, version: number, time },
    });
    const [left, next] = [version(2_500, '1999-01-01T00:00:00.000Z'), version(2_501, '2026-11-22T18:00:00.000Z')];
    rig.commits.splice(0, rig.commits.length, left, next);
    rig.oldest.set('order/1', 2_500);
    const handler = started();
    expect(await handler(rig.event([next]))).toEqual({ batchItemFailures: [] });
    expect(await rig.items()).toMatchObject({ 'order/1': { _version: 2_501 } });
    // 1,000 a time, so that no list is as long as what was lost.
    expect(requests(rig.sent).commands.filter((command) => command === 'UpdateItem')).toHaveLength(3);
  });

  it('parks a stream whose function keeps failing, while others go on, and passes it by discard', async () => {
    const handler = started();
    refuse = (address) => {
      if (address === 'order/1@2.0') throw new Error('no mail server');
    };
    const batch = [placed('1'), paid('1'), paid('1'), placed('2')];
    expect(await handler(rig.event(batch, 3))).toEqual({ batchItemFailures: [] });
    expect(done).toEqual(['placed order/1@1.0 for c1', 'placed order/2@1.0 for c2']);
    expect(await parked(handler)).toMatchObject([{ stream: 'order/1', version: 2 }]);
    refuse = () => undefined;
    expect((await handler.discard('order/1')).generations).toMatchObject([{ state: 'following', applied: 3 }]);
    expect(done.slice(2)).toEqual(['paid order/1@3.0']);
  });

  describe('whose function hangs', () => {
    /** How much time Lambda leaves to an invocation, in milliseconds. */
    const soon = { getRemainingTimeInMillis: () => 400 };
    let hanging: string[];
    let handler: ReactionHandler;

    beforeEach(() => {
      hanging = ['order/1@1.0'];
      const act = async ({ address }: { address: string }): Promise<void> => {
        if (hanging.includes(address)) await new Promise(() => undefined);
        done.push(address);
      };
      handler = reaction(order, { Placed: act, Paid: act }, { ...rig.options(), since: '2000-01-01T00:00:00Z' });
    });

    it('is cut off before the function is, which is an attempt as others are: its neighbours go on', async () => {
      const batch = rig.event([placed('1'), placed('2')]);
      const { batchItemFailures } = await handler(batch, soon);
      expect(batchItemFailures).toEqual([{ itemIdentifier: batch.Records[0]!.messageId }]);
      expect(done).toEqual(['order/2@1.0']);
      expect(rig.log.find(({ level }) => level === 'warn')).toMatchObject({
        message: 'commit cannot be applied',
        attempts: 1,
        reason: 'the handler of Placed at order/1@1.0 did not end while the function had time',
      });
    });

    it('is parked after as many attempts as the projection says', async () => {
      await handler(rig.event([placed('1')], 3), soon);
      expect(await parked(handler)).toMatchObject([
        { stream: 'order/1', version: 1, cause: expect.stringContaining('handler-failed: ') as string },
      ]);
      hanging = [];
      expect((await handler.retry('order/1')).generations).toMatchObject([{ state: 'following', applied: 1 }]);
    });

    it('does not make another stream pay: what has no time left is not begun, and that is no attempt', async () => {
      const first = placed('1');
      placed('3');
      await handler(rig.event([first, paid('3')], 3), soon);
      // It comes as a copy, which has no attempt behind it.
      expect(await rig.waiting(rig.queueUrl)).toBe(1);
      expect(done).toEqual([]);
      expect(await parked(handler)).toMatchObject([{ stream: 'order/1' }]);
      expect(rig.log).toContainEqual(expect.objectContaining({ error: 'no-time', stream: 'order/3' }));
      await handler(rig.event([paid('3')]), { getRemainingTimeInMillis: () => 20_000 });
      expect(done).toEqual(['order/3@1.0', 'order/3@2.0', 'order/3@3.0']);
    });

    it('does not let a suspect stand still for want of time', async () => {
      const bad = rig.event([placed('1')], 1).Records;
      const [suspect] = rig.event([placed('2')], 6).Records;
      const { batchItemFailures } = await handler({ Records: [...bad, { ...suspect!, messageId: 'other' }] }, soon);
      expect(batchItemFailures).toHaveLength(1); // the other one comes as a copy
      expect(await parked(handler)).toEqual([]);
    });
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
    expect(() => started({ since: 'yesterday' })).toThrow(expect.objectContaining({ code: 'invalid-since' }));
  });

  it('refuses a rebuild', async () => {
    const handler: (event: never) => Promise<unknown> = started();
    for (const step of ['start', 'status', 'swap']) {
      const request = { dbpatterns: 'rebuild', step } as never;
      await expect(handler(request)).rejects.toMatchObject({ name: 'ReactionError', code: 'no-rebuild' });
    }
  });
});
