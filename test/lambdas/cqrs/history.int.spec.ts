import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { commitHistory } from '../../../lambdas/cqrs/commit-history.js';
import { commitImport } from '../../../lambdas/cqrs/commit-import.js';
import { commitText, envelopeText } from '../../../lambdas/cqrs/envelope.js';
import { outboxHistory } from '../../../lambdas/cqrs/outbox-history.js';
import { describe, expect, it } from 'vitest';
import { PostgresRig } from '../stores/postgres-rig.js';
import { busMessages } from './bus-messages.js';
import { CommitRig } from './commit-rig.js';
import { historyContract } from './history.contract.js';
import { shuffled } from './view-rig.js';

/** 60 products with one to seven commits of some KB, and other streams between them. */
const COMMITS = Array.from({ length: 60 }, (_, n) =>
  ['product', 'production', 'sale'].flatMap((name) =>
    Array.from({ length: 1 + (n % 7) }, (__, index) => ({ stream: `${name}/${n * 7919}`, version: index + 1 })),
  ),
).flat();

const EXPECTED = COMMITS.filter(({ stream }) => stream.startsWith('product/')).map((c) => `${c.stream}@${c.version}`);

const textOf = (stream: string, size: number): string =>
  commitText({
    service: 'catalog',
    stream,
    time: new Date(0),
    correlationId: 'c',
    causationId: 'c',
    events: [{ type: 'Noted', v: 1, data: { note: '"'.repeat(size) } }],
  });

historyContract('PostgreSQL', async () => {
  const rig = await (await PostgresRig.start('segments')).migrated();
  await rig.direct(async (client) => {
    for (const { stream, version } of COMMITS) {
      await client.query(
        'insert into dbpatterns.outbox (stream, version, commit, leased_until) values ($1, $2, $3, now())',
        [stream, version, textOf(stream, 20_000)],
      );
    }
  });
  return { source: outboxHistory(await rig.as('history')), expected: EXPECTED };
});

historyContract('DynamoDB', async () => {
  const rig = await CommitRig.start('segments');
  const items = COMMITS.map(({ stream, version }) => ({
    stream,
    version: String(version).padStart(10, '0'),
    commit: textOf(stream, 20_000),
    command: 'c',
    fingerprint: 'f',
    at: 0,
  }));
  const state = { stream: 'state#product/1', version: 'key', data: '1', revision: 1 };
  for (let n = 0; n < items.length; n += 25) {
    const puts = items.slice(n, n + 25).map((Item) => ({ PutRequest: { Item } }));
    await rig.store.client.send(new BatchWriteCommand({ RequestItems: { [rig.table]: puts } }));
  }
  await rig.store.client.send(
    new BatchWriteCommand({ RequestItems: { [rig.table]: [{ PutRequest: { Item: state } }] } }),
  );
  return { source: commitHistory(rig.store), expected: EXPECTED };
});

historyContract('an archive that was played', async () => {
  const rig = await CommitRig.start('played');
  for (const stream of ['product', 'production', 'sale']) {
    const commits = COMMITS.filter((commit) => commit.stream.startsWith(`${stream}/`));
    const details = shuffled([...commits, ...commits.slice(20)], 7).map((commit): unknown =>
      JSON.parse(envelopeText(commit.stream, commit.version, textOf(commit.stream, 20_000))),
    );
    const history = () => Promise.reject(new Error('the publisher is gone'));
    for (let n = 0; n < details.length; n += 10) {
      const event = busMessages(details.slice(n, n + 10));
      await commitImport(event, { store: rig.store, stream, history });
    }
  }
  return { source: commitHistory(rig.store), expected: EXPECTED };
});

describe('a large outbox', () => {
  it('is counted by a part of its pages, which is nearly right and costs the same however large it is', async () => {
    const rig = await (await PostgresRig.start('counted')).migrated();
    const source = outboxHistory(await rig.as('history'));
    const fill = (from: number, to: number) =>
      rig.direct((client) =>
        client.query(
          `insert into dbpatterns.outbox (stream, version, commit, leased_until)
           select case when n % 5 = 0 then 'sale/' else 'product/' end || n, 1, repeat('c', 1900), now()
             from generate_series(cast($1 as int), cast($2 as int)) n`,
          [from, to],
        ),
      );
    await fill(1, 10_000);
    expect(await source.count('sale')).toEqual({ commits: 2000, exact: true });
    await fill(10_001, 40_000);
    const { commits, exact } = await source.count('sale');
    expect(exact).toBe(false);
    expect(commits).toBeGreaterThan(7000);
    expect(commits).toBeLessThan(9000);
    expect(await source.count('sale')).toEqual({ commits, exact });
    expect(await source.count('sal')).toEqual({ commits: 0, exact: false });
  });
});
