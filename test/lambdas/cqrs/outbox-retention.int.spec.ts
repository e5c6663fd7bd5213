import { beforeAll, describe, expect, it } from 'vitest';
import { history } from '../../../lambdas/cqrs/history.js';
import { outboxHistory } from '../../../lambdas/cqrs/outbox-history.js';
import { CommandRig } from './command-rig.js';

let rig: CommandRig;

beforeAll(async () => {
  rig = await CommandRig.start('retention');
  await rig.send('old/CreateProduct', { price: 1 });
  for (const price of [2, 3, 4]) await rig.send('old/SetPrice', { price });
  await rig.send('resting/CreateProduct', { price: 1 });
  await rig.send('waiting/CreateProduct', { price: 1 });
  for (const price of [2, 3]) await rig.send('waiting/SetPrice', { price });
  await rig.send('young/CreateProduct', { price: 1 });
  await rig.send('young/SetPrice', { price: 2 });
});

/** Makes commits older, in days; of a version and those before it. */
const age = (stream: string, version: number, days: number, more = ''): Promise<unknown> =>
  rig.store.direct((client) =>
    client.query(
      `update dbpatterns.outbox set created_at = created_at - make_interval(days => $3) ${more} where stream = $1 and version <= $2`,
      [stream, version, days],
    ),
  );

const left = async (id: string): Promise<number[]> =>
  (await rig.outbox()).filter(({ stream }) => stream === `product/${id}`).map(({ version }) => version);

const expired = (): unknown => rig.log.findLast(({ message }) => message === 'swept')?.['expired'];

describe('the outbox', () => {
  it('loses what is older than the retention, and nothing else', async () => {
    await age('product/old', 3, 40);
    await age('product/resting', 1, 40);
    await age('product/waiting', 3, 40);
    await age('product/waiting', 2, 0, ", published_at = null, leased_until = now() + interval '1 h'");
    await age('product/waiting', 1, 0, ', published_at = now()');

    await rig.relay({ historyDays: 30 });

    expect(expired()).toBe(4);
    expect(await left('old')).toEqual([4]);
    // The newest of its stream: versions go on from it.
    expect(await left('resting')).toEqual([1]);
    // What is not published stays, and so does what comes after it: a stream has no holes.
    expect(await left('waiting')).toEqual([2, 3]);
    expect(await left('young')).toEqual([1, 2]);
  });

  it('says that versions were cleaned up instead of beginning with a later one', async () => {
    const source = outboxHistory(await rig.store.as('history'));
    await expect(history(source, { stream: 'product/old', from: 1 })).rejects.toMatchObject({
      code: 'history-expired',
      stream: 'product/old',
      oldest: 4,
    });
    expect(await history(source, { stream: 'product/old', from: 4 })).toMatchObject({ commits: [{ version: 4 }] });
    expect(await history(source, { stream: 'product/old', from: 5 })).toEqual({ commits: [], more: false });
  });

  it('goes on with its versions, and loses the commit that rested once a later one is as old', async () => {
    expect((await rig.send('resting/SetPrice', { price: 2 })).body).toMatchObject({ version: 2 });
    await rig.relay({ historyDays: 30 });
    expect(await left('resting')).toEqual([1, 2]);
    await rig.send('resting/SetPrice', { price: 3 });
    await age('product/resting', 2, 35);
    await rig.relay({ historyDays: 30 });
    expect(await left('resting')).toEqual([3]);
  });

  it('loses more than one portion at once', async () => {
    await rig.store.direct((client) =>
      client.query(`
        insert into dbpatterns.outbox (stream, version, commit, created_at, leased_until, published_at)
        select 'product/many-' || n % 500, n / 500 + 1, '{}', now() - interval '33 days' + n * interval '1 s', now(), now()
          from generate_series(0, 2999) n`),
    );
    await rig.relay({ historyDays: 30 });
    expect(expired()).toBe(2500);
  });
});

describe("the outbox's age", () => {
  it('is a metric of each sweep', async () => {
    const metrics = (): unknown[] => rig.log.filter((entry) => 'OutboxAge' in entry).map((entry) => entry['OutboxAge']);
    await age('product/waiting', 3, 0, ', published_at = now()');
    await rig.relay();
    expect(metrics().at(-1)).toBe(0);
    await rig.send('late/CreateProduct', { price: 1 });
    await age('product/late', 1, 1, ", published_at = null, leased_until = now() + interval '1 h'");
    await rig.relay();
    expect(metrics().at(-1)).toBeGreaterThanOrEqual(86_400);
    expect(rig.log.findLast((entry) => 'OutboxAge' in entry)).toMatchObject({ Store: 'catalog/PRODUCTS' });
  });
});
