import {
  postgres,
  PostgresError,
  splitStatements,
  StatementError,
  type PostgresClient,
  type Row,
  type SqlParameters,
} from '../stores/index.js';
import { readerSettings, type ReaderOptions } from './reader-options.js';
import { nameOf, type Followed, type ReadOptions } from './read-options.js';
import { ViewBehind } from './view-behind.js';
import { waitingRead } from './waiting-read.js';
import { wantedOf } from './wanted.js';

/** What the reader of a view in PostgreSQL takes from outside; each has a default. */
export interface PostgresViewOptions extends ReaderOptions {
  /** The view's database. Default: the store's. */
  readonly db?: PostgresClient;
}

/** Reads a view in PostgreSQL. */
export interface PostgresView {
  /**
   * The rows of a query: one call. With a token that speaks of this view's stream the database refuses to answer while
   * the view is behind it, in the same statement, so that the answer is of one instant; it is asked again until the view
   * is there.
   *
   * @param text - one `select` with named parameters; names that begin with `k_` are the kit's
   * @throws ViewBehind (409) if the view has not got there within the wait limit.
   */
  query<R extends object = Row>(text: string, params?: SqlParameters, options?: ReadOptions): Promise<R[]>;
}

/**
 * The view in PostgreSQL that a `postgresAggregate` of this stream keeps.
 *
 * @param followed - the contract of the stream, or its name
 * @param table - the table that it is kept in; all of them, where queries read several that follow the stream. A token
 *   speaks of these only: others of the database may be behind, or no longer fed
 * @example
 * const view = postgresView(sale, 'units_of_product');
 * const best = await view.query('select product, units from units_of_product order by units desc limit 10', {}, { after });
 */
export function postgresView(
  followed: Followed,
  table: string | readonly string[],
  options: PostgresViewOptions = {},
): PostgresView {
  const streamName = nameOf(followed);
  const views = JSON.stringify(typeof table === 'string' ? [table] : table);
  let made: { readonly db: PostgresClient; readonly settings: ReturnType<typeof readerSettings> } | undefined;
  const access = (): NonNullable<typeof made> => {
    if (made !== undefined) return made;
    const settings = readerSettings(options);
    made = { settings, db: options.db ?? postgres(settings.store, { environment: settings.environment }) };
    return made;
  };
  return {
    query: async <R extends object>(text: string, params: SqlParameters = {}, { after }: ReadOptions = {}) => {
      const { db, settings } = access();
      const { versions } = wantedOf(after, streamName);
      if (versions.size === 0) return (await db.query(text, params, { idempotent: true })) as R[];
      const wanted = [...versions].map(([id, version]) => ({ stream: `${streamName}/${id}`, version }));
      const guarded = guard(text);
      const guardedParams = { ...params, k_wanted: JSON.stringify(wanted), k_views: views };
      return waitingRead(settings, async () => {
        try {
          return (await db.query(guarded, guardedParams, { idempotent: true })) as R[];
        } catch (error) {
          return behind(error, wanted);
        }
      });
    },
  };
}

/**
 * The query with the condition that the view has got there. The condition depends on no row, so that the database checks
 * it once, before it reads any; the function in it is stable, so that it sees what the query sees.
 */
function guard(text: string): string {
  const [query, more] = splitStatements(text);
  if (query === undefined || more !== undefined) {
    throw new StatementError('several-statements', 'a query of a view is one statement: send one after the other');
  }
  const check = 'dbpatterns_view.at_least(cast(:k_wanted as text), cast(:k_views as text))';
  return `select k_query.* from (\n${query}\n) as k_query where ${check}`;
}

/** By how much the view is behind, if that is why the database refused; otherwise the error goes on. */
function behind(error: unknown, wanted: readonly { readonly stream: string; readonly version: number }[]): ViewBehind {
  if (!(error instanceof PostgresError) || error.sqlState !== 'DBV01') throw error;
  const [, place, applied] = /^dbpatterns\.view_behind:(\d+):(\d+)$/.exec(error.reason) ?? [];
  const first = wanted[Number(place) - 1];
  if (first === undefined) throw error;
  return new ViewBehind(first.stream, first.version, Number(applied));
}
