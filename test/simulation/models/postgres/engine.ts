import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { inVirtualTime, virtualClock } from './virtual-time.js';

/** Where the server is. */
export interface Server {
  readonly port: number;
  readonly password: string;
}

/** How long PostgreSQL waits before it looks for a deadlock, in milliseconds. */
const DEADLOCK_TIMEOUT = 2;
/** After so many runs tables are truncated, which also takes away what deleted rows have left. */
const DIRTY = 20;
const RESTART = 'alter sequence dbpatterns.outbox_id_seq restart';
const MADE = "select format('public.%I', tablename) as name from pg_tables where tablename like '%\\_\\_g%' order by 1";
/** So many digits a time of the clock has. */
const DIGITS = 13;
/** How long a statement is given before a look at whether it waits, in milliseconds; and so many looks are sure. */
const GLANCE = 2;
const SURE = 2;
/** Whom a session waits for, whom those wait for, and so on: whether it is itself among them; null: for nobody. */
const CHAIN = `
  with recursive chain (pid) as (
    select unnest(pg_blocking_pids($1))
    union
    select b.pid from chain c cross join lateral unnest(pg_blocking_pids(c.pid)) as b (pid)
  )
  select bool_or(pid = $1) as itself from chain`;

/** What a statement in PostgreSQL has come to. */
export type Step<T> = { readonly outcome: T } | 'waits';

/**
 * A database in a real PostgreSQL for one process: its sessions, its virtual clock, and a look at who waits for whom.
 * It is emptied, not made anew, for each run.
 */
export class Engine {
  /** Makes the database anew, with these migrations. */
  static async start(server: Server, name: string, migrations: readonly string[]): Promise<Engine> {
    const settings = { host: '127.0.0.1', port: server.port, user: 'postgres', password: server.password };
    const admin = new pg.Client({ ...settings, database: 'postgres' });
    await admin.connect();
    await admin.query(`drop database if exists ${name} with (force)`);
    await admin.query(`create database ${name}`);
    await admin.query(`alter database ${name} set deadlock_timeout = ${DEADLOCK_TIMEOUT}`);
    await admin.end();
    const engine = new Engine({ ...settings, database: name });
    const monitor = await engine.monitor();
    const clock = `clock_${name}`;
    const { rows: folders } = await monitor.query<{ folder: string }>(
      "select current_setting('data_directory') as folder",
    );
    engine.clock = openSync(join(folders[0]?.folder ?? '', clock), 'w', 0o644);
    engine.setTime(0);
    await monitor.query(virtualClock(clock));
    await monitor.query('create schema if not exists dbpatterns');
    await monitor.query("set session_replication_role = 'replica'");
    for (const migration of migrations) await monitor.query(inVirtualTime(migration));
    const { rows } = await monitor.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
        where schemaname not in ('pg_catalog', 'information_schema') order by 1`,
    );
    // What the migrations have put into a table stays there.
    for (const { name: table } of rows) {
      const { rowCount } = await monitor.query(`select from ${table} limit 1`);
      if (rowCount === 0) engine.tables.push(table);
      // Statistics would change plans, and with them the order in which locks are met.
      await monitor.query(`alter table ${table} set (autovacuum_enabled = false)`);
    }
    return engine;
  }

  /** The columns of what statements return, by their text. */
  readonly columns = new Map<string, unknown>();
  private readonly tables: string[] = [];
  private idle: pg.Client[] = [];
  private readonly all: pg.Client[] = [];
  private readonly held = new Set<pg.Client>();
  private watcher: Promise<pg.Client> | undefined;
  private clock = -1;
  private runs = 0;

  private constructor(private readonly settings: pg.ClientConfig) {}

  /** Empties all tables and starts all counters again. */
  async empty(): Promise<void> {
    for (const session of this.held) this.letGo(session);
    for (const session of this.all.splice(0)) {
      if (!this.idle.includes(session)) await session.end();
      else this.all.push(session);
    }
    this.runs += 1;
    // Deleting rows takes a thirtieth of the time, and leaves more and more of them behind.
    const emptied =
      this.runs % DIRTY === 1
        ? `truncate ${this.tables.join(', ')}`
        : this.tables.map((table) => `delete from ${table}`).join(';');
    const monitor = await this.monitor();
    // Tables of a view's generations, which a rebuild has made.
    const { rows } = await monitor.query<{ name: string }>({ name: 'made', text: MADE });
    for (const { name } of rows) await monitor.query(`drop table ${name}`);
    await monitor.query(`${emptied}; ${RESTART}`);
  }

  /** A session that nobody else has. */
  async session(): Promise<pg.Client> {
    const free = this.idle.pop();
    if (free !== undefined) return free;
    const options = '-c timezone=UTC -c datestyle=ISO -c bytea_output=hex -c intervalstyle=postgres';
    const session = new pg.Client({ ...this.settings, options });
    session.on('error', () => undefined);
    await session.connect();
    this.all.push(session);
    return session;
  }

  release(session: pg.Client): void {
    this.idle.push(session);
  }

  /** Sets the clock of the database, in milliseconds since 1970. */
  setTime(milliseconds: number): void {
    // Always as long, so that what was there before is gone.
    writeSync(this.clock, String(milliseconds).padStart(DIGITS, '0'), 0);
  }

  /** Waits until the statement of a session has ended, or waits for a lock that another session holds. */
  async step<T>(session: pg.Client, running: Promise<T>): Promise<Step<T>> {
    const ended = running.then((outcome) => ({ outcome }));
    for (let glances = 0; ;) {
      const step = await Promise.race([ended, pause(GLANCE)]);
      if (step !== undefined) return step;
      // Who waits for itself in the end is a deadlock, which PostgreSQL finds, and the statement ends.
      glances = (await this.wait(session)) === 'for another' ? glances + 1 : 0;
      if (glances === SURE) return 'waits';
    }
  }

  /** Whether the statement of a session waits for a lock that another one holds. */
  async waits(session: pg.Client): Promise<boolean> {
    return (await this.wait(session)) !== undefined;
  }

  private async wait(session: pg.Client): Promise<'for another' | 'for itself' | undefined> {
    const values = [pidOf(session)];
    const { rows } = await (
      await this.monitor()
    ).query<{ itself: boolean | null }>({ name: 'wait', text: CHAIN, values });
    const itself = rows[0]?.itself;
    return typeof itself === 'boolean' ? (itself ? 'for itself' : 'for another') : undefined;
  }

  /**
   * Stops the process of a session whose statement waits, so that it does not go on by itself when the lock is free: of
   * several that wait, one at a time goes on, and always the same one first.
   */
  hold(session: pg.Client): void {
    this.held.add(session);
    process.kill(pidOf(session), 'SIGSTOP');
  }

  /** Lets it go on. */
  letGo(session: pg.Client): void {
    if (this.held.delete(session)) process.kill(pidOf(session), 'SIGCONT');
  }

  /** Ends the statement that a session runs. */
  async cancel(session: pg.Client): Promise<void> {
    await (await this.monitor()).query('select pg_cancel_backend($1)', [pidOf(session)]);
  }

  /** Asks the database directly. */
  async ask<R extends pg.QueryResultRow>(text: string): Promise<R[]> {
    return (await (await this.monitor()).query<R>(text)).rows;
  }

  async stop(): Promise<void> {
    for (const session of this.held) this.letGo(session);
    await Promise.all([...this.all, await this.monitor()].map((session) => session.end()));
    closeSync(this.clock);
  }

  private monitor(): Promise<pg.Client> {
    return (this.watcher ??= (async () => {
      const client = new pg.Client(this.settings);
      client.on('error', () => undefined);
      await client.connect();
      return client;
    })());
  }
}

function pidOf(session: pg.Client): number {
  const pid: unknown = 'processID' in session ? session.processID : undefined;
  if (typeof pid !== 'number') throw new TypeError('the driver does not know the process of its session');
  return pid;
}

function pause(milliseconds: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), milliseconds));
}
