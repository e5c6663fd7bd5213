import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateEventBusCommand, EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import pg from 'pg';
import { toEntry } from '../../lambdas/cqrs/publish.js';
import { relay } from '../../lambdas/cqrs/relay.js';
import { migrate } from '../../lambdas/stores/migrations/migrate.js';
import { postgresAt } from '../../lambdas/stores/index.js';
import { root } from '../../scripts/support/paths.js';
import type { Measurement } from '../support/measurement.js';
import { commit, created } from './deliveries.js';

const ENTRIES = 10;
const ENTRY_LIMIT = 262_144;

/** Publishing what was left: claimed, sent and marked, against sending what lies in memory. */
export const postgresRelay: Measurement = {
  name: 'relay-postgres',
  what: 'commits a second by the relay of a PostgreSQL outbox, against a loop of PutEvents over the same entries',
  unit: '1/s',
  better: 'high',
  goal: 0.9,
  effort: { full: { rounds: 12, warmUp: 2, size: 500 }, quick: { rounds: 2, warmUp: 1, size: 100 } },
  async prepare({ cloud, effort: { size }, say }) {
    const running = await cloud();
    say('filling an outbox');
    const database = await running.createDatabase('bench_relay');
    const db = postgresAt(database);
    await migrate({ db, migrations: kitMigrations(), readSecret: () => Promise.resolve(undefined) });
    const commits = Array.from({ length: size }, (_, n) => ({
      stream: `product/${n}`,
      version: 1,
      commit: commit(String(n), 1, created(n)),
    }));
    const superuser = new pg.Client(database.url);
    await superuser.connect();
    await superuser.query(
      `insert into dbpatterns.outbox (stream, version, commit, leased_until, created_at)
       select stream, version, commit, now(), now() - interval '1 hour'
         from json_to_recordset($1) as x (stream text, version int, commit text)`,
      [JSON.stringify(commits)],
    );
    const client = new EventBridgeClient();
    const bus = { client, bus: await makeBus(client), service: 'catalog', entryLimit: ENTRY_LIMIT };
    const sqs = new SQSClient();
    const { QueueUrl: url = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'bench-sweeps' }));
    const entries = commits.map((one) => toEntry(bus, one));
    return {
      kit: async () => {
        await superuser.query(
          "update dbpatterns.outbox set published_at = null, leased_until = now() - interval '1 s'",
        );
        const start = performance.now();
        const { published } = await relay({
          ...{ db, bus, queue: { client: sqs, url, service: 'catalog' }, retentionDays: 7, historyDays: 730 },
          remaining: () => 60_000,
          log: () => undefined,
        });
        if (published !== size) throw new Error(`the relay published ${published} of ${size}`);
        return [rate(size, start)];
      },
      bare: async () => {
        const start = performance.now();
        for (let n = 0; n < entries.length; n += ENTRIES) {
          await client.send(new PutEventsCommand({ Entries: entries.slice(n, n + ENTRIES) }));
        }
        return [rate(size, start)];
      },
      close: async () => {
        await superuser.end();
        client.destroy();
        sqs.destroy();
      },
    };
  },
};

const rate = (count: number, start: number): number => (count / (performance.now() - start)) * 1000;

async function makeBus(client: EventBridgeClient): Promise<string> {
  const Name = 'bench-relay';
  await client.send(new CreateEventBusCommand({ Name }));
  return Name;
}

function kitMigrations(): { name: string; text: string }[] {
  const folder = join(root, 'lambdas/cqrs/sql');
  const files = readdirSync(folder).sort();
  return files.map((file) => ({ name: `kit/${file}`, text: readFileSync(join(folder, file), 'utf8') }));
}
