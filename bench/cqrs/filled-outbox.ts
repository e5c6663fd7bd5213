import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { migrate } from '../../lambdas/stores/migrations/migrate.js';
import { postgresAt, type DatabaseAddress, type PostgresClient } from '../../lambdas/stores/index.js';
import type { LocalCloud } from '../../local/index.js';
import { root } from '../../scripts/support/paths.js';
import { commit, created } from './deliveries.js';

/** A commit as an outbox has it. */
export interface Stored {
  readonly stream: string;
  readonly version: number;
  readonly commit: string;
}

/** An outbox with one commit in each of many streams. */
export interface FilledOutbox {
  readonly db: PostgresClient;
  readonly address: DatabaseAddress;
  /** Past the Data API. */
  readonly superuser: pg.Client;
  readonly commits: readonly Stored[];
}

export async function filledOutbox(cloud: LocalCloud, name: string, size: number): Promise<FilledOutbox> {
  const database = await cloud.createDatabase(name);
  const db = postgresAt(database);
  await migrate({ db, migrations: kitMigrations(), readSecret: () => Promise.resolve(undefined) });
  const superuser = new pg.Client(database.url);
  await superuser.connect();
  const commits = firstCommits(size);
  await fill(superuser, commits);
  return { db, address: database, superuser, commits };
}

/** Puts commits into an outbox as if an hour ago. */
export async function fill(superuser: pg.Client, commits: readonly Stored[], isPublished = false): Promise<void> {
  await superuser.query(
    `insert into dbpatterns.outbox (stream, version, commit, leased_until, created_at, published_at)
     select stream, version, commit, now(), now() - interval '1 hour', case when $2 then now() end
       from json_to_recordset($1) as x (stream text, version int, commit text)
     on conflict do nothing`,
    [JSON.stringify(commits), isPublished],
  );
  await superuser.query('analyze dbpatterns.outbox');
}

/** The first commits of so many products. */
export function firstCommits(size: number): Stored[] {
  return Array.from({ length: size }, (_, n) => ({
    stream: `product/${n}`,
    version: 1,
    commit: commit(String(n), 1, created(n)),
  }));
}

function kitMigrations(): { name: string; text: string }[] {
  const folder = join(root, 'lambdas/cqrs/sql');
  const files = readdirSync(folder).sort();
  return files.map((file) => ({ name: `kit/${file}`, text: readFileSync(join(folder, file), 'utf8') }));
}
