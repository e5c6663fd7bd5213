import { commitHistory } from '../../../lambdas/cqrs/commit-history.js';
import { history, type HistorySource } from '../../../lambdas/cqrs/history.js';
import type { Envelope } from '../../../lambdas/cqrs/index.js';
import { outboxHistory } from '../../../lambdas/cqrs/outbox-history.js';
import { CommandRig } from './command-rig.js';
import { CommitRig } from './commit-rig.js';
import { writeModelContract } from './write-model.contract.js';

/** All of a product's history, page by page. */
async function allOf(source: HistorySource, id: string): Promise<readonly Envelope[]> {
  const found: Envelope[] = [];
  for (let more = true; more;) {
    const page = await history(source, { stream: `product/${id}`, from: found.length + 1 });
    found.push(...page.commits);
    ({ more } = page);
  }
  return found;
}

writeModelContract('PostgreSQL', async () => {
  const rig = await CommandRig.start('model', { bodyLimit: 600_000 });
  const source = outboxHistory(await rig.store.as('history'));
  return {
    send: (path, body, options) => rig.send(path, body, options),
    container: async (intercept) =>
      rig.container(intercept ? { database: await rig.store.as('commands', rig.store.counted(intercept)) } : {}),
    commits: (id) => allOf(source, id),
    everything: () =>
      rig.store.direct(async (client) => {
        const rows = async (table: string): Promise<unknown> =>
          (await client.query<object>(`select t::text from ${table} t order by 1`)).rows;
        return [await rows('dbpatterns.outbox'), await rows('dbpatterns.command'), await rows('product')];
      }),
    writes: () => rig.store.calls.splice(0).filter((call) => call === 'CommitTransaction').length,
    leftOpenEnds: () =>
      rig.store.direct(async (client) => {
        await client.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and state like 'idle in transaction%'`,
        );
      }),
  };
});

writeModelContract('DynamoDB', async () => {
  const rig = await CommitRig.start('model');
  const source = commitHistory(rig.store);
  return {
    send: (path, body, options) => rig.send(path, body, options),
    container: async (intercept) =>
      rig.container(intercept ? { store: { table: rig.table, client: rig.client(intercept) } } : {}),
    commits: (id) => allOf(source, id),
    everything: async () => (await rig.items()).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    writes: () => rig.sent.splice(0).filter(({ command }) => command.startsWith('Execute')).length,
    leftOpenEnds: () => Promise.resolve(),
  };
});
