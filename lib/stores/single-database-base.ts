import type * as rds from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import { type CommonDatabase, PostgresModule, schemaOf } from './postgres-module';
import type { IPostgresStore } from './postgres-store-api';
import type { DatabaseModuleProps, ISingleDatabase } from './single-database-api';

/**
 * What an own and an existing one have in common.
 * @internal
 */
export abstract class SingleDatabaseBase extends Construct implements ISingleDatabase {
  public abstract readonly cluster: rds.IDatabaseCluster;
  public abstract readonly databaseName: string;
  /** @internal */
  protected abstract readonly _database: CommonDatabase;

  public module(scope: Construct, id: string, props?: DatabaseModuleProps): IPostgresStore {
    return new PostgresModule(scope, id, {
      database: this._database,
      migrations: props?.migrations,
      module: {
        schema: props?.schemaName ?? schemaOf(scope),
        tables: (props?.references ?? []).map((table) => ({ table, use: 'references' })),
      },
    });
  }
}
