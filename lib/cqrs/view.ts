import { itemPerStreamFindings, tableFindings } from '../private/view-findings';
import type { IDynamoDbStore, IPostgresStore, IStore } from '../stores';

/**
 * Where a projection puts what it makes of the events, and of which kind that is. A store has one projection.
 *
 * @example
 * declare const insights: Service;
 * declare const commands: CommandApi;
 * declare const handler: lambda.Function;
 * const baskets = new PostgresStore(insights, 'Baskets', { migrations: 'insights/sql' });
 * const into = View.aggregateTable(baskets, 'bought_together');
 * new Projection(insights, 'BoughtTogether', { of: commands.stream, into, handler });
 */
export class View {
  /**
   * One item per stream: the product, the order. Each commit is one conditional write.
   *
   * @param store a table with a partition key and no sort key
   */
  public static entity(store: IDynamoDbStore): View {
    return new View('entity', store, undefined, itemPerStreamFindings('the entity view', store));
  }

  /**
   * Totals that many streams move: counts, sums. What a stream contributes and the totals change in one transaction. A
   * commit moves at most 99 totals.
   *
   * @param store a table whose keys are the totals' keys
   */
  public static aggregate(store: IDynamoDbStore): View {
    return new View('aggregate', store, undefined, []);
  }

  /**
   * Totals in a table of PostgreSQL, as many as a commit moves, to be asked in SQL.
   *
   * The table is made by a migration of yours: the totals' keys are its primary key, and what is counted are columns
   * `bigint not null default 0`. The name is short enough for that of a generation, `<table>__g<number>`.
   *
   * @param store the database
   * @param table the name of the table in the schema `public`
   */
  public static aggregateTable(store: IPostgresStore, table: string): View {
    return new View('aggregate', store, table, tableFindings(table));
  }

  /**
   * No view, but what is done about events: mail, calls to others. At least once for each commit: the table holds how far
   * each stream has got, so that a commit that comes again runs nothing, but a function that ends before that is written
   * runs once more, with the same `address` for an idempotency key. There is nothing to rebuild: history is never played
   * again.
   *
   * @param store a table with a partition key and no sort key
   */
  public static reactions(store: IDynamoDbStore): View {
    return new View('reaction', store, undefined, itemPerStreamFindings('the table of reactions', store));
  }

  /** `entity`, `aggregate` or `reaction`. */
  public readonly kind: string;
  /** The database or the table of DynamoDB. */
  public readonly store: IStore;
  /** The table in a PostgreSQL store. */
  public readonly table?: string;
  /**
   * All that is wrong with it.
   * @internal
   */
  public readonly _findings: readonly string[];

  private constructor(kind: string, store: IStore, table: string | undefined, findings: readonly string[]) {
    this.kind = kind;
    this.store = store;
    this.table = table;
    this._findings = findings;
  }
}
