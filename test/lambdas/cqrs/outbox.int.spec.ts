import type { PutEventsCommandOutput } from '@aws-sdk/client-eventbridge';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { history } from '../../../lambdas/cqrs/history.js';
import { outboxHistory } from '../../../lambdas/cqrs/outbox-history.js';
import { entrySize } from '../../../lambdas/cqrs/publish.js';
import { CommandRig } from './command-rig.js';

let rig: CommandRig;

/** A bus that is away: what a container meets when it dies between its commit and PutEvents. */
const away = { send: () => Promise.reject(new Error('the bus is away')) };

/** A bus that refuses some entries and passes the others on. */
const refusing = (isRefused: (detail: string, attempt: number) => boolean) => {
  let attempt = 0;
  return {
    send: async (command: { input: { Entries?: { Detail?: string }[] } }): Promise<PutEventsCommandOutput> => {
      attempt += 1;
      const refused = (command.input.Entries ?? []).map(({ Detail = '' }) => isRefused(Detail, attempt));
      return {
        $metadata: {},
        FailedEntryCount: refused.filter(Boolean).length,
        Entries: refused.map((isOne) => (isOne ? { ErrorCode: 'InternalFailure' } : { EventId: 'taken' })),
      };
    },
  };
};

const unpublished = async (): Promise<string[]> =>
  (await rig.outbox()).filter(({ published }) => !published).map(({ stream, version }) => `${stream}@${version}`);

beforeAll(async () => {
  rig = await CommandRig.start('outbox');
});

beforeEach(async () => {
  await rig.endLeases();
  await rig.relay();
});

describe('a container that dies between commit and publish', () => {
  it('has sent a sweep before, and the relay publishes what it left', async () => {
    const handler = rig.container({ eventBridge: away });
    const sweeps = await rig.sweeps();
    const answer = await rig.send('crashed/CreateProduct', { price: 1 }, { handler });
    expect(answer.status).toBe(200);
    expect(await rig.sweeps()).toBe(sweeps + 1);
    expect(await unpublished()).toEqual(['product/crashed@1']);
    expect(rig.log).toContainEqual(
      expect.objectContaining({ message: 'left to the sweep', stream: 'product/crashed' }),
    );

    expect(await rig.relay()).toMatchObject({ published: 0 });
    await rig.endLeases();
    expect(await rig.relay()).toEqual({ published: 1, failed: 0, rearmed: undefined });
    expect(await unpublished()).toEqual([]);
    expect((await rig.received('crashed', 1)).map(({ id }) => id)).toEqual(['product/crashed@1']);
  });

  it('may have published without saying so: the copy has the same id', async () => {
    const database = await rig.store.as(
      'commands',
      rig.store.counted(async (operation, call) => {
        if (operation === 'ExecuteStatement' && (calls += 1) === 2) throw new Error('killed before it was marked');
        return call();
      }),
    );
    let calls = 0;
    await rig.send('copied/CreateProduct', { price: 1 }, { handler: rig.container({ database }) });
    await rig.endLeases();
    await rig.relay();
    expect((await rig.received('copied', 2)).map(({ id }) => id)).toEqual(['product/copied@1', 'product/copied@1']);
  });
});

describe('a bus that does not answer', () => {
  it('does not keep the client waiting, and nothing runs on after the answer', async () => {
    let isAborted = false;
    const hanging = {
      send: (...[, options]: unknown[]) =>
        new Promise<never>((_resolve, reject) => {
          const { abortSignal } = options as { abortSignal: AbortSignal };
          abortSignal.addEventListener('abort', () => {
            isAborted = true;
            reject(new Error('aborted'));
          });
        }),
    };
    const handler = rig.container({ eventBridge: hanging, publishTimeout: 100 });
    const answer = await rig.send('hanging/CreateProduct', { price: 1 }, { handler });
    expect(answer.status).toBe(200);
    expect(isAborted).toBe(true);
    expect(await unpublished()).toEqual(['product/hanging@1']);
  });
});

describe('the relay', () => {
  const leave = async (prefix: string, count: number): Promise<string[]> => {
    const handler = rig.container({ eventBridge: away });
    const ids = Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
    await Promise.all(ids.map((id) => rig.send(`${id}/CreateProduct`, { price: 1 }, { handler })));
    await rig.endLeases();
    return ids.map((id) => `product/${id}@1`).sort();
  };

  it('publishes each commit once, however many of it run at once', async () => {
    const left = await leave('shared', 45);
    const reports = await Promise.all([rig.relay(), rig.relay(), rig.relay()]);
    expect(reports.reduce((sum, { published }) => sum + published, 0)).toBe(45);
    expect((await rig.received('shared', 45)).map(({ id }) => id).sort()).toEqual(left);
    expect(await rig.received('shared', 1, 500)).toEqual([]);
  });

  it('sends what the bus refused again', async () => {
    await leave('flaky', 12);
    const eventBridge = refusing((detail, attempt) => attempt === 1 && detail.includes('flaky-3'));
    expect(await rig.relay({ eventBridge })).toMatchObject({ published: 12, failed: 0 });
  });

  it('leaves what the bus keeps refusing, publishes the others, and sends itself another sweep', async () => {
    await leave('refused', 5);
    const sweeps = await rig.sweeps();
    const eventBridge = refusing((detail) => detail.includes('refused-3'));
    const report = await rig.relay({ eventBridge, remaining: 8_000 });
    expect(report).toMatchObject({ published: 4, failed: 1 });
    // its lease of 8 + 30 seconds has to end first
    expect(report.rearmed).toBeGreaterThan(25);
    expect(await rig.sweeps()).toBe(sweeps + 1);
    expect(await unpublished()).toEqual(['product/refused-3@1']);
  });

  it('stops sending itself sweeps when nothing is left, so that the database can pause', async () => {
    const sweeps = await rig.sweeps();
    expect(await rig.relay()).toEqual({ published: 0, failed: 0, rearmed: undefined });
    expect(await rig.sweeps()).toBe(sweeps);
  });

  it('does not count what its own function still has in hand', async () => {
    await rig.send('young/CreateProduct', { price: 1 }, { handler: rig.container({ eventBridge: away }) });
    expect(await rig.relay()).toEqual({ published: 0, failed: 0, rearmed: undefined });
  });

  it('ends in time and leaves the rest to the next', async () => {
    await leave('late', 3);
    const report = await rig.relay({ remaining: 1_000 });
    expect(report).toMatchObject({ published: 0, rearmed: 1 });
  });

  it('forgets all commands whose retention is over, and no others', async () => {
    const insert = (id: string, days: number, count: number) =>
      rig.store.direct((client) =>
        client.query(
          `insert into dbpatterns.command (id, fingerprint, stream, version, created_at)
           select $1 || n, 'f', 'product/x', n, now() - make_interval(days => $2) from generate_series(1, $3::int) n`,
          [id, days, count],
        ),
      );
    await insert('ancient-', 8, 2_100);
    await insert('recent-', 6, 1);
    await rig.relay();
    const ids = await rig.store.direct((client) =>
      client.query("select id from dbpatterns.command where id ~ '^(ancient|recent)-'"),
    );
    expect(ids.rows).toEqual([{ id: 'recent-1' }]);
  });
});

describe('a large commit', () => {
  const note = (size: number): string => '"é"\\'.repeat(Math.ceil(size / 8));

  it('travels without its events, and history has them', async () => {
    await rig.send('large/CreateProduct', { price: 1 });
    const big = note(300_000);
    const answer = await rig.send(
      'large/SetPrice',
      { price: 2, note: big },
      { handler: rig.container({ environment: rig.environment({ bodyLimit: 600_000 }) }) },
    );
    expect(answer.status).toBe(200);
    const thin = (await rig.received('large', 2)).find(({ version }) => version === 2);
    expect(thin?.subject).toBe('product/large');
    expect(thin?.data === undefined).toBe(true);

    const page = await history(outboxHistory(await rig.store.as('history')), { stream: 'product/large', from: 2 });
    expect(page).toMatchObject({ commits: [{ id: 'product/large@2', data: { events: [{ data: { note: big } }] } }] });
    expect(page).toMatchObject({ more: false });
  });

  it('travels without its events from the relay too', async () => {
    const big = note(300_000);
    const handler = rig.container({ eventBridge: away, environment: rig.environment({ bodyLimit: 600_000 }) });
    await rig.send('swept/CreateProduct', { price: 1 });
    await rig.send('swept/SetPrice', { price: 2, note: big }, { handler });
    await rig.endLeases();
    expect(await rig.relay()).toMatchObject({ published: 1 });
    const thin = (await rig.received('swept', 2)).find(({ version }) => version === 2);
    expect(thin?.causationid).toMatch(/^key-/);
    expect(thin?.data === undefined).toBe(true);
  });

  it('is refused over 400 KB before anything is written', async () => {
    const handler = rig.container({ environment: rig.environment({ bodyLimit: 600_000 }) });
    await rig.send('huge/CreateProduct', { price: 1 });
    rig.store.counts();
    const answer = await rig.send('huge/SetPrice', { price: 2, note: 'x'.repeat(408_576) }, { handler });
    expect(answer).toMatchObject({
      status: 413,
      body: { type: 'urn:dbpatterns:problem:commit-too-large', limit: 408_576 },
    });
    expect(rig.store.counts()).toEqual({ ExecuteStatement: 1 });
  });

  it('comes from the relay in requests of at most the limit', async () => {
    const handler = rig.container({ eventBridge: away });
    const ids = ['p', 'q', 'r', 's', 't'];
    for (const id of ids) {
      await rig.send(`${id}/CreateProduct`, { price: 1 });
      await rig.send(`${id}/SetPrice`, { price: 2, note: 'x'.repeat(100_000) }, { handler });
    }
    await rig.endLeases();
    const sizes: number[] = [];
    const eventBridge = {
      send: async (command: { input: { Entries?: object[] } }) => {
        const { Entries = [] } = command.input;
        sizes.push(Entries.reduce((sum, entry) => sum + entrySize(entry), 0));
        return { $metadata: {}, Entries: Entries.map(() => ({ EventId: 'taken' })) };
      },
    };
    expect(await rig.relay({ eventBridge })).toMatchObject({ published: 5 });
    expect(sizes.every((size) => size <= 262_144)).toBe(true);
    expect(sizes).toHaveLength(3);
  });
});

describe('history', () => {
  it('comes in pages, in order and without holes', async () => {
    await rig.send('long/CreateProduct', { price: 1 });
    const handler = rig.container({ eventBridge: away });
    for (let price = 2; price <= 8; price += 1) {
      await rig.send('long/SetPrice', { price, note: 'x'.repeat(150_000) }, { handler });
    }
    const source = outboxHistory(await rig.store.as('history'));
    const versions: number[] = [];
    let pages = 0;
    for (let from = 1, more = true; more; from = versions.length + 1) {
      const page = await source.stream({ stream: 'product/long', from });
      versions.push(...page.commits.map(({ version }) => version));
      ({ more } = page);
      pages += 1;
    }
    expect(versions).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(pages).toBeGreaterThan(2);
  });

  it('is empty beyond the end', async () => {
    const source = outboxHistory(await rig.store.as('history'));
    expect(await history(source, { stream: 'product/none', from: 1 })).toEqual({ commits: [], more: false });
  });

  it.each([{}, { stream: 'product/1' }, { stream: 'product', from: 1 }, { stream: 'product/1', from: 0 }, null])(
    'refuses what is no question: %j',
    async (request) => {
      const source = outboxHistory(await rig.store.as('history'));
      await expect(history(source, request)).rejects.toMatchObject({ code: 'invalid-history-request' });
    },
  );
});
