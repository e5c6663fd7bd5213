import type { Statements } from '../postgres.js';
import { MigrationError } from './errors.js';
import { checksumOf, type Migration } from './files.js';
import { quoted } from './module.js';

/** Where applied migrations are recorded. Runs again without harm, under the lock. */
export async function makeRecord(tx: Statements, schema = 'dbpatterns'): Promise<void> {
  await tx.query(`create schema if not exists ${quoted(schema)}`);
  await tx.query(
    `create table if not exists ${quoted(schema)}.migration (
       name text primary key, checksum text not null, applied_at timestamptz not null default clock_timestamp())`,
  );
}

/** The checksums of what was applied, by name. */
export async function applied(tx: Statements, schema = 'dbpatterns'): Promise<Map<string, string>> {
  const rows = await tx.query<{ name: string; checksum: string }>(
    `select name, checksum from ${quoted(schema)}.migration`,
  );
  return new Map(rows.map(({ name, checksum }) => [name, checksum]));
}

/** Records a migration, in the transaction that applies it. */
export async function record(tx: Statements, migration: Migration, schema = 'dbpatterns'): Promise<void> {
  await tx.query(`insert into ${quoted(schema)}.migration (name, checksum) values (:name, :checksum)`, {
    name: migration.name,
    checksum: checksumOf(migration),
  });
}

/** @throws MigrationError `edited` if a file is not what was applied. */
export function refuseEdited(migrations: readonly Migration[], done: ReadonlyMap<string, string>): void {
  for (const migration of migrations) {
    const before = done.get(migration.name);
    const now = checksumOf(migration);
    if (before === undefined || before === now) continue;
    throw new MigrationError(
      'edited',
      migration.name,
      `the migration ${migration.name} was edited after it was applied (applied with ${before}, now ${now}): ` +
        'put the file back as it was and add a new one',
    );
  }
}
