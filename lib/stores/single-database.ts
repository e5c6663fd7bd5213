import type * as rds from 'aws-cdk-lib/aws-rds';
import type { Construct } from 'constructs';
import { claimExisting } from '../private/boundary/existing';
import { addFindings } from '../private/findings';
import { makeCommon } from '../private/ownership';
import { existingCluster, newDatabase } from '../private/postgres-database';
import { existingDatabaseFindings } from '../private/postgres-findings';
import { type CommonDatabase, existingDatabase } from './postgres-module';
import type { PostgresDatabaseAddress, PostgresDatabaseProps } from './postgres-store';
import type { ISingleDatabase } from './single-database-api';
import { SingleDatabaseBase } from './single-database-base';

/**
 * One PostgreSQL for several services, while they are small: a schema and users for each, and nobody in the schema of
 * another. A module is an ordinary store, and a service gets a database of its own by one other line, when it is time.
 *
 * The migrations of a module run with its schema alone in their search path, and fail, with nothing changed, where they make
 * a foreign key or a view that reaches into another schema and is not declared.
 *
 * @example
 * declare const stack: cdk.Stack;
 * declare const catalog: Service;
 * declare const sales: Service;
 * const database = new SingleDatabase(stack, 'Database');
 * const products = database.module(catalog, 'Products', { migrations: 'catalog/sql' });
 * const orders = database.module(sales, 'Orders', { migrations: 'sales/sql', references: ['catalog.product'] });
 */
export class SingleDatabase extends SingleDatabaseBase {
  /** One over a database that exists already and answers to the RDS Data API. */
  public static fromDataApi(scope: Construct, id: string, existing: PostgresDatabaseAddress): ISingleDatabase {
    return new ImportedSingleDatabase(scope, id, existing);
  }

  public readonly cluster: rds.IDatabaseCluster;
  public readonly databaseName: string;
  /** @internal */
  protected readonly _database: CommonDatabase;

  public constructor(scope: Construct, id: string, props?: PostgresDatabaseProps) {
    super(scope, id);
    makeCommon(this);
    const made = newDatabase(this, id, props);
    this.cluster = made.cluster;
    this.databaseName = made.databaseName;
    this._database = { ...made, encryptionKey: props?.encryptionKey, scope: this, schemas: new Map(), made: true };
  }
}

class ImportedSingleDatabase extends SingleDatabaseBase {
  public readonly cluster: rds.IDatabaseCluster;
  public readonly databaseName: string;
  protected readonly _database: CommonDatabase;

  public constructor(scope: Construct, id: string, props: PostgresDatabaseAddress) {
    super(scope, id);
    makeCommon(this);
    claimExisting(this, [props.clusterArn, props.secretArn]);
    addFindings(this, existingDatabaseFindings(props));
    this.cluster = existingCluster(this, props.clusterArn);
    this.databaseName = props.databaseName;
    this._database = existingDatabase(this, this.cluster, props);
  }
}
