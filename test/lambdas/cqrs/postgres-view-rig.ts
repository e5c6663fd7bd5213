import { expect } from 'vitest';
import { operationsOf } from '../../../lambdas/cqrs/event-handlers.js';
import { postgresAggregate, type ProjectionHandlerOptions } from '../../../lambdas/cqrs/index.js';
import { PostgresViewStore } from '../../../lambdas/cqrs/postgres-view-store.js';
import {
  postgresAt,
  systemClock,
  systemRandom,
  systemSleep,
  type PostgresClient,
} from '../../../lambdas/stores/index.js';
import type { Login } from '../../../lambdas/stores/migrations/logins.js';
import { kit, PostgresRig } from '../stores/postgres-rig.js';
import { FIRST, handlers as allHandlers, Registered, sale } from './aggregate.contract.js';
import { ViewRig, type RigOptions } from './view-rig.js';

/** A database with tables for totals, and what the code under test asks of it. */
export class PostgresViews {
  static async start(name: string): Promise<PostgresViews> {
    return new PostgresViews(await (await PostgresRig.start(name)).migrated(kit));
  }

  /** The functions and tables that were asked for, without the record of the generations. */
  readonly asked: string[] = [];
  /** Called before each call of the Data API; what it throws, the Data API answers. */
  fault: (sql: string) => void = () => undefined;

  private tables = 0;

  private constructor(readonly postgres: PostgresRig) {}

  get admin(): PostgresClient {
    return this.postgres.admin;
  }

  /** The client of a function with this access. */
  async as(access: Login['access']): Promise<PostgresClient> {
    const { secretArn } = await this.postgres.login(access);
    const client = this.postgres.counted();
    client.middlewareStack.add(
      (next) => async (args) => {
        const { sql = '' } = args.input as { sql?: string };
        const [name] = /dbpatterns_view\.\w+/.exec(sql) ?? [sql];
        if (!/record$/.test(name)) this.asked.push(name.replace('dbpatterns_view.', ''));
        this.fault(sql);
        return next(args);
      },
      { step: 'initialize', name: 'asked' },
    );
    return postgresAt({ ...this.postgres.address, secretArn }, { client });
  }

  /** A new table for totals by day and country, and a queue for the projection that keeps it. */
  async totals(options: Partial<RigOptions> = {}): Promise<PostgresTotals> {
    const table = `totals_${(this.tables += 1)}`;
    await this.admin.query(
      `create table ${table} (day text, country text, sales bigint not null default 0, units bigint not null default 0,
         returns bigint not null default 0, primary key (day, country))`,
    );
    const rig = await ViewRig.start({ kind: 'aggregate', stream: 'sale', partitionKey: 'day', ...options });
    return new PostgresTotals(this, rig, table, await this.as('view'));
  }
}

/** A totals table and the projection that keeps it. */
export class PostgresTotals {
  constructor(
    readonly views: PostgresViews,
    readonly rig: ViewRig,
    readonly table: string,
    readonly db: PostgresClient,
  ) {}

  /** Options for `postgresAggregate`. */
  options(more: Partial<ProjectionHandlerOptions> = {}): ProjectionHandlerOptions & { readonly db: PostgresClient } {
    const { environment = {}, ...options } = this.rig.options(more);
    const settings = JSON.parse(environment['DBPATTERNS_PROJECTION'] ?? '{}') as object;
    return {
      ...options,
      environment: { DBPATTERNS_PROJECTION: JSON.stringify({ ...settings, table: this.table }) },
      db: this.db,
    };
  }

  /** The store behind the projection. */
  store({ followed = 'sale', handlers = allHandlers }: { followed?: string; handlers?: SaleHandlers } = {}) {
    return new PostgresViewStore({
      db: this.db,
      view: this.table,
      followed,
      operationsOf: operationsOf(sale, handlers),
      now: systemClock,
      waiting: { random: systemRandom, sleep: systemSleep },
    });
  }

  /** All rows by their keys. */
  async rows(table = this.table): Promise<Record<string, { sales: number; units: number; returns: number }>> {
    const rows = await this.views.admin.query<Row>(`select * from ${table}`);
    return Object.fromEntries(rows.map(({ day, country, ...measures }) => [`${day}|${country}`, measures]));
  }
}

type Row = { day: string; country: string; sales: number; units: number; returns: number };

/** What is done with the events of sales. */
export type SaleHandlers = Parameters<typeof postgresAggregate<(typeof sale)['contract']>>[1];

/** A totals table, its projection, and the commits of its streams. */
export async function startedSales(views: PostgresViews, handlers: SaleHandlers = allHandlers) {
  const totals = await views.totals();
  const handler = postgresAggregate(sale, handlers, totals.options());
  const sold = (id: number | string, day = FIRST, units = 1) =>
    totals.rig.commit(`sale/${id}`, Registered({ day, country: 'UK', units }));
  const asked = async (commits: Parameters<typeof totals.rig.event>[0], receives?: number): Promise<string[]> => {
    views.asked.length = 0;
    expect(await handler(totals.rig.event(commits, receives))).toEqual({ batchItemFailures: [] });
    return [...views.asked];
  };
  return { totals, handler, sold, asked, rig: totals.rig };
}
