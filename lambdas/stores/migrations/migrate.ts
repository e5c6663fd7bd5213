import { Umzug } from 'umzug';
import { systemClock, systemSleep, type Clock, type Sleep } from '../clock.js';
import { splitStatements } from '../lexer.js';
import type { PostgresClient, Statements } from '../postgres.js';
import { MigrationError } from './errors.js';
import { isKit, runsAlone, type Migration } from './files.js';
import { locked } from './lock.js';
import { applyLogins, type Login, type ReadSecret } from './logins.js';
import {
  crossings,
  enter,
  inModule,
  kitSchema,
  makeSchema,
  refuseCrossing,
  refuseTies,
  type Module,
} from './module.js';
import { applied, makeRecord, record, refuseEdited } from './record.js';

/** What is applied, and to what. */
export interface MigrateOptions {
  readonly db: PostgresClient;
  /** In this order. See `readMigrations`. */
  readonly migrations: readonly Migration[];
  /** Default: none. */
  readonly logins?: readonly Login[];
  readonly readSecret: ReadSecret;
  /** Default: the database is the store's alone. */
  readonly module?: Module;
  /** How long another run is waited for, in milliseconds. Default: 600,000. */
  readonly lockTimeout?: number;
  readonly now?: Clock;
  readonly sleep?: Sleep;
}

/**
 * Applies the migrations that have not been applied, each in a transaction together with its record, then the logins.
 * Any number of runs may start at once: one applies, the others find it done.
 *
 * @returns the names of those that this run applied
 * @throws MigrationError `crosses-schemas`, `edited`, `failed`, `locked` or `login-differs`.
 */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const { db, migrations, logins = [], readSecret, module, lockTimeout = 600_000 } = options;
  const { now = systemClock, sleep = systemSleep } = options;
  const lock = { lockTimeout, now, sleep };
  const schema = module && kitSchema(module);
  const done: string[] = [];

  const before = await locked(db, lock, async (tx) => {
    if (module !== undefined) await makeSchema(tx, module);
    await makeRecord(tx, schema);
    return applied(tx, schema);
  });
  refuseEdited(migrations, before);

  const umzug = new Umzug({
    migrations: migrations.map((migration) => ({
      name: migration.name,
      up: () =>
        locked(db, lock, async (tx) => {
          const known = await applied(tx, schema);
          refuseEdited([migration], known);
          if (known.has(migration.name)) return;
          await run(db, tx, migration, module);
          await record(tx, migration, schema);
          done.push(migration.name);
        }),
    })),
    // A migration records itself, in its own transaction.
    storage: {
      executed: async () => [...before.keys()],
      logMigration: async () => undefined,
      unlogMigration: async () => undefined,
    },
    logger: undefined,
  });
  try {
    await umzug.up();
  } catch (error) {
    throw cause(error);
  }
  if (logins.length > 0) await locked(db, lock, (tx) => applyLogins(tx, logins, readSecret, module));
  return done;
}

/**
 * Keeps the transaction that holds the lock: it would end after three minutes without a call. A query would not do: its
 * snapshot lives until the next statement, and `create index concurrently` waits for all older snapshots.
 */
const STAY = "set local application_name = 'dbpatterns migrations'";

async function run(db: PostgresClient, tx: Statements, migration: Migration, module?: Module): Promise<void> {
  const alone = runsAlone(migration);
  const kit = isKit(migration);
  const statements = splitStatements(migration.text);
  const own = kit ? undefined : module;
  if (own !== undefined && alone) refuseTies(statements, own, migration);
  const before = own === undefined ? [] : await crossings(tx);
  if (own !== undefined) await enter(tx, own);
  for (const [index, statement] of statements.entries()) {
    if (alone) await tx.query(STAY);
    try {
      await (alone ? db : tx).query(module !== undefined && kit ? inModule(statement, module) : statement);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new MigrationError('failed', migration.name, `${migration.name}, statement ${index + 1}: ${reason}`, {
        cause: error,
      });
    }
  }
  if (own !== undefined) await refuseCrossing(tx, own, migration, before);
}

/** Umzug wraps what a migration throws. */
function cause(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof MigrationError ? error.cause : error;
}
