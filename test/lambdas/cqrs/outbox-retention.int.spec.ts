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

/** The versions of which history has the events. */
const whole = async (id: string): Promise<number[]> => {
  const stream = `product/${id}`;
  const source = outboxHistory(await rig.store.as('history'));
  const [from = 1] = await left(id);
  const { commits } = await history(source, { stream, from });
  return commits.filter(({ data }) => data !== undefined).map(({ version }) => version);
};

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
    // The newest of its stream: versions go on from it. Its events are gone.
    expect(await left('resting')).toEqual([1]);
    expect(await whole('resting')).toEqual([]);
    // What is not published stays, and so does what comes after it: a stream has no holes.
    expect(await left('waiting')).toEqual([2, 3]);
    expect(await left('young')).toEqual([1, 2]);
    expect([await whole('old'), await whole('waiting'), await whole('young')]).toEqual([[4], [2, 3], [1, 2]]);
  });

  it('answers with the version of what it has cut, and without its events', async () => {
    const source = outboxHistory(await rig.store.as('history'));
    const { commits } = await history(source, { stream: 'product/resting', from: 1 });
    expect(commits).toMatchObject([{ id: 'product/resting@1', time: expect.any(String) as string }]);
    expect(commits[0]).not.toHaveProperty('data');
    const segment = await history(source, { streamName: 'product', segment: 0, segments: 1 });
    const cut = segment.commits.filter(({ data }) => data === undefined);
    expect(cut.map(({ id }) => id)).toEqual(['product/resting@1']);
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

  it('has few bytes left of streams that rest, however many there are', async () => {
    const size = () =>
      rig.store.direct(async (client) => {
        const text =
          "select sum(octet_length(commit)) as bytes from dbpatterns.outbox where stream like 'product/small-%'";
        return Number((await client.query<{ bytes: string }>(text)).rows[0]!.bytes);
      });
    await rig.store.direct((client) =>
      client.query(`
        insert into dbpatterns.outbox (stream, version, commit, created_at, leased_until, published_at)
        select 'product/small-' || n, 1, left(replace(o.commit, 'young', 'small-' || n), -1) || repeat(' ', 9000) || '}',
               now() - interval '31 days' + n * interval '1 s', now() + interval '1 h', case when n <> 7 then now() end
          from generate_series(1, 2500) n join dbpatterns.outbox o on o.stream = 'product/young' and o.version = 1`),
    );
    expect(await size()).toBeGreaterThan(2500 * 9000);
    await rig.relay({ historyDays: 30 });
    expect(await size()).toBeLessThan(2500 * 400 + 9000);
    // What is not published is whole.
    expect(await whole('small-7')).toEqual([1]);
    await rig.store.direct((client) =>
      client.query("delete from dbpatterns.outbox where stream like 'product/small-%'"),
    );
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
