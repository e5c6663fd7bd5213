import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as rds from 'aws-cdk-lib/aws-rds';
import type { Duration } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { claimExisting } from '../private/boundary/existing';
import { addFindings } from '../private/findings';
import { Migrations } from '../private/migrations';
import { existingCluster, newDatabase } from '../private/postgres-database';
import { existingDatabaseFindings } from '../private/postgres-findings';
import { keyOf } from '../private/service-key';
import type { IPostgresStore } from './postgres-store-api';
import { PostgresStoreBase } from './postgres-store-base';

/** How a database of one's own is made. */
export interface PostgresDatabaseProps {
  /**
   * The name of the database; the names of its users begin with it.
   * @default - the construct id in snake case: `OrderDesk` is `order_desk`
   */
  readonly databaseName?: string;
  /**
   * The network of the cluster. It has to have isolated subnets; functions need no way into it.
   * @default - a VPC with two isolated subnets, without a NAT gateway
   */
  readonly vpc?: ec2.IVpc;
  /**
   * The least capacity, in ACUs. At 0 an idle cluster pauses, and the first statement afterwards waits about 15 s.
   * @default 0
   */
  readonly minCapacity?: number;
  /**
   * The most capacity, in ACUs.
   * @default 4
   */
  readonly maxCapacity?: number;
  /**
   * How long the cluster is idle before it pauses: 5 minutes to a day. Without meaning unless `minCapacity` is 0.
   * @default Duration.minutes(5)
   */
  readonly autoPause?: Duration;
  /**
   * The version of the engine.
   * @default rds.AuroraPostgresEngineVersion.VER_17_7
   */
  readonly engineVersion?: rds.AuroraPostgresEngineVersion;
  /**
   * How long automatic backups are kept: 7 to 35 days, from 1 day with `development`.
   * @default - 7 days, 1 day with `development`
   */
  readonly backupRetention?: Duration;
  /**
   * Relaxes what protects data that matters: the cluster goes with its stack, may be deleted, and keeps its backups
   * for a day.
   * @default false
   */
  readonly development?: boolean;
  /**
   * A key of your own for the storage and for the users' secrets.
   * @default - that of the service, or the account's keys for RDS and Secrets Manager
   */
  readonly encryptionKey?: kms.IKey;
}

/** Properties of `PostgresStore`. */
export interface PostgresStoreProps extends PostgresDatabaseProps {
  /**
   * The directory of your SQL files, named as in `0001_products.sql` and applied in that order, each once, at deploy
   * and before the handlers switch. A relative path starts where the app is run.
   * @default - the kit's own tables only
   */
  readonly migrations?: string;
}

/** Where a database is that answers to the RDS Data API. */
export interface PostgresDatabaseAddress {
  /** The ARN of the cluster. */
  readonly clusterArn: string;
  /** The ARN of the secret of a user who may create tables, functions and users in the database. */
  readonly secretArn: string;
  /** The name of the database; the names of its users begin with it. */
  readonly databaseName: string;
}

/** A database that exists already and answers to the RDS Data API. */
export interface ExistingPostgresDatabase extends PostgresDatabaseAddress {
  /**
   * The directory of your SQL files, as in `PostgresStoreProps`.
   * @default - the kit's own tables only
   */
  readonly migrations?: string;
}

/**
 * Aurora PostgreSQL Serverless v2, reached by the RDS Data API: no VPC in the functions, no NAT gateway.
 *
 * Storage is encrypted, connections are TLS, the master's password is made and rotated by RDS, backups are kept for 7
 * days, and the cluster is protected from deletion and kept when its stack goes. Each function has a database user of
 * its own need. The schema is migrated at deploy.
 *
 * @example
 * declare const catalog: Service;
 * const products = new PostgresStore(catalog, 'Products', { migrations: 'catalog/sql' });
 */
export class PostgresStore extends PostgresStoreBase {
  /** A store over a database that exists already; its schema is migrated and its users are made all the same. */
  public static fromDataApi(scope: Construct, id: string, existing: ExistingPostgresDatabase): IPostgresStore {
    return new ImportedPostgresStore(scope, id, existing);
  }

  public readonly cluster: rds.IDatabaseCluster;
  public readonly clusterArn: string;
  public readonly databaseName: string;
  /** @internal */
  protected readonly _migrations: Migrations;
  /** @internal */
  protected readonly _encryptionKey?: kms.IKey;

  public constructor(scope: Construct, id: string, props?: PostgresStoreProps) {
    super(scope, id);
    const encryptionKey = keyOf(this, props?.encryptionKey);
    const { cluster, clusterArn, databaseName, masterSecretArn } = newDatabase(this, id, { ...props, encryptionKey });
    this.cluster = cluster;
    this.clusterArn = clusterArn;
    this.databaseName = databaseName;
    this._encryptionKey = encryptionKey;
    this._migrations = new Migrations(this, 'Migrations', {
      clusterArn: this.clusterArn,
      secretArn: masterSecretArn,
      databaseName: this.databaseName,
      directory: props?.migrations,
      encryptionKey,
      after: cluster,
    });
  }
}

class ImportedPostgresStore extends PostgresStoreBase {
  public readonly cluster: rds.IDatabaseCluster;
  public readonly clusterArn: string;
  public readonly databaseName: string;
  protected readonly _migrations: Migrations;
  protected readonly _encryptionKey = undefined;

  public constructor(scope: Construct, id: string, props: ExistingPostgresDatabase) {
    super(scope, id);
    addFindings(this, existingDatabaseFindings(props));
    claimExisting(this, [props.clusterArn, props.secretArn]);
    this.clusterArn = props.clusterArn;
    this.databaseName = props.databaseName;
    this.cluster = existingCluster(this, props.clusterArn);
    this._migrations = new Migrations(this, 'Migrations', {
      clusterArn: props.clusterArn,
      secretArn: props.secretArn,
      databaseName: props.databaseName,
      directory: props.migrations,
    });
  }
}
