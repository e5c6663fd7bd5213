import type * as rds from 'aws-cdk-lib/aws-rds';
import type { Construct, IConstruct } from 'constructs';
import type { IPostgresStore } from './postgres-store-api';

/** A service's part of a `SingleDatabase`. */
export interface DatabaseModuleProps {
  /**
   * The directory of the service's SQL files, as in `PostgresStoreProps`. Names without a schema are in its own.
   * @default - the kit's own tables only
   */
  readonly migrations?: string;
  /**
   * The name of the schema.
   * @default - the service's construct id in snake case: `OrderDesk` is `order_desk`
   */
  readonly schemaName?: string;
  /**
   * Tables of other schemas that foreign keys may point at, as in `inventory.sku`. Each is one more thing to cut when the
   * database is split.
   * @default - none
   */
  readonly references?: string[];
}

/** One database for several services, made by the kit or existing. */
export interface ISingleDatabase extends IConstruct {
  /** The cluster. */
  readonly cluster: rds.IDatabaseCluster;
  /** The name of the database. */
  readonly databaseName: string;

  /**
   * A service's part of the database: a schema, and users that reach nothing else.
   *
   * @param scope the service, or something below it
   * @param id the id of the store
   * @param props its migrations, and what else is to be said
   */
  module(scope: Construct, id: string, props?: DatabaseModuleProps): IPostgresStore;
}
