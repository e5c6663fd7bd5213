import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as rds from 'aws-cdk-lib/aws-rds';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { GET_SECRET, STATEMENT, TRANSACTION } from '../private/data-api-actions';
import { addFinding } from '../private/findings';
import type { Migrations } from '../private/migrations';
import { storeName, storeVariable } from '../private/store-names';
import { setVariable } from '../private/wiring';
import type { IPostgresStore } from './postgres-store-api';
import { StoreAccess } from './store';

/** Calls of the Data API by need. What the statements themselves may do is the database user's affair. */
const NEEDS = new Map<StoreAccess, readonly string[]>([
  [StoreAccess.READ, [...STATEMENT, ...TRANSACTION]],
  [StoreAccess.READ_WRITE, [...STATEMENT, ...TRANSACTION]],
  [StoreAccess._COMMANDS, [...STATEMENT, ...TRANSACTION]],
  [StoreAccess._RELAY, STATEMENT],
  [StoreAccess._HISTORY, STATEMENT],
  [StoreAccess._VIEW, [...STATEMENT, ...TRANSACTION]],
]);

/**
 * What an own and an existing database have in common.
 * @internal
 */
export abstract class PostgresStoreBase extends Construct implements IPostgresStore {
  public abstract readonly cluster: rds.IDatabaseCluster;
  public abstract readonly clusterArn: string;
  public abstract readonly databaseName: string;
  public readonly storeName: string;
  public readonly writeModel = 'postgres';
  /** @internal */
  protected abstract readonly _migrations: Migrations;
  /** @internal */
  protected abstract readonly _encryptionKey?: kms.IKey;
  /**
   * The schema that is all of the store, where others have schemas of their own in the database.
   * @internal
   */
  protected readonly _schema?: string;
  private readonly users = new Map<StoreAccess, secretsmanager.ISecret>();

  protected constructor(scope: Construct, id: string) {
    super(scope, id);
    this.storeName = storeName(id);
  }

  public get migrationFunction(): lambda.IFunction {
    return this._migrations.function;
  }

  public userSecret(access: StoreAccess): secretsmanager.ISecret {
    const known = this.users.get(access);
    if (known !== undefined) {
      return known;
    }
    const name = [this.databaseName, this._schema, access.name].filter((part) => part !== undefined).join('_');
    const id = `${access.name.charAt(0).toUpperCase()}${access.name.slice(1)}User`;
    const secret = new secretsmanager.Secret(this, id, {
      description: `Database user for ${access.name} of ${this.node.path}`,
      encryptionKey: this._encryptionKey,
      generateSecretString: {
        secretStringTemplate: Stack.of(this).toJsonString({ username: name }),
        generateStringKey: 'password',
        passwordLength: 40,
        excludePunctuation: true,
      },
    });
    this._migrations.addUser({ name, access: access.name, secret });
    this.users.set(access, secret);
    return secret;
  }

  public wire(handler: lambda.IFunction, access: StoreAccess): void {
    if (!NEEDS.has(access)) {
      addFinding(
        this,
        `a PostgreSQL store cannot be used as "${access.name}"; allowed: StoreAccess.READ, StoreAccess.READ_WRITE`,
      );
      return;
    }
    const secret = this.userSecret(access);
    const set = setVariable(this, handler, {
      name: storeVariable(this),
      claim: `the store as ${access.name}`,
      value: () => ({
        kind: this.writeModel,
        clusterArn: this.clusterArn,
        secretArn: secret.secretArn,
        database: this.databaseName,
        schema: this._schema,
      }),
    });
    if (set) {
      this.grant(handler, access);
      this._migrations.runBefore(handler);
    }
  }

  public grantRead(grantee: iam.IGrantable): iam.Grant {
    return this.grant(grantee, StoreAccess.READ);
  }

  public grantReadWrite(grantee: iam.IGrantable): iam.Grant {
    return this.grant(grantee, StoreAccess.READ_WRITE);
  }

  public metricServerlessDatabaseCapacity(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('ServerlessDatabaseCapacity', props);
  }

  public metricAcuUtilization(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('ACUUtilization', props);
  }

  public metricDatabaseConnections(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('DatabaseConnections', props);
  }

  private grant(grantee: iam.IGrantable, access: StoreAccess): iam.Grant {
    const actions = NEEDS.get(access) ?? [];
    const secret = this.userSecret(access);
    this._encryptionKey?.grantDecrypt(grantee);
    return iam.Grant.addToPrincipal({ grantee, actions: [...actions], resourceArns: [this.clusterArn] }).combine(
      iam.Grant.addToPrincipal({
        grantee,
        actions: GET_SECRET,
        resourceArns: [secret.secretArn],
      }),
    );
  }

  private metric(metricName: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: 'AWS/RDS',
      metricName,
      dimensionsMap: { DBClusterIdentifier: this.cluster.clusterIdentifier },
      statistic: cloudwatch.Stats.MAXIMUM,
      ...props,
    });
  }
}
