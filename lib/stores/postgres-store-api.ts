import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as rds from 'aws-cdk-lib/aws-rds';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { IWriteModel, StoreAccess } from './store';

/** An Aurora PostgreSQL database with one owner, reached by the RDS Data API; made by the kit or existing. */
export interface IPostgresStore extends IWriteModel {
  /** The cluster. */
  readonly cluster: rds.IDatabaseCluster;
  /** The ARN of the cluster: the resource of the Data API. */
  readonly clusterArn: string;
  /** The name of the database. */
  readonly databaseName: string;
  /**
   * The function that applies the migrations and keeps the users. The deployment calls it; where custom resources do
   * not run, a deploy command finds it by its metadata `cdk-database-patterns: migrations` and calls it.
   */
  readonly migrationFunction: lambda.IFunction;

  /**
   * The secret of the database user for a need, with `username` and `password`. User and secret are made on first need.
   *
   * @param access what the user may do
   */
  userSecret(access: StoreAccess): secretsmanager.ISecret;
  /** Lets a principal read the tables by the Data API, as the user `<database>_reader`. */
  grantRead(grantee: iam.IGrantable): iam.Grant;
  /** Lets a principal read and write the tables by the Data API, as the user `<database>_writer`. */
  grantReadWrite(grantee: iam.IGrantable): iam.Grant;
  /** Capacity in use, in ACUs; 0 while the cluster is paused. */
  metricServerlessDatabaseCapacity(props?: cloudwatch.MetricOptions): cloudwatch.Metric;
  /** Capacity in use, in percent of the most that the cluster may take. */
  metricAcuUtilization(props?: cloudwatch.MetricOptions): cloudwatch.Metric;
  /** Connections to the database, those of the Data API included. */
  metricDatabaseConnections(props?: cloudwatch.MetricOptions): cloudwatch.Metric;
}
