import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Duration, Fn, Token } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { Aurora } from './aurora';
import { addFindings } from './findings';
import { postgresFindings } from './postgres-findings';
import { words } from './words';

/** What a user says of a database; what he leaves out has defaults here. */
export interface PostgresDatabaseSettings {
  readonly databaseName?: string;
  readonly vpc?: ec2.IVpc;
  readonly minCapacity?: number;
  readonly maxCapacity?: number;
  readonly autoPause?: Duration;
  readonly engineVersion?: rds.AuroraPostgresEngineVersion;
  readonly backupRetention?: Duration;
  readonly development?: boolean;
  readonly encryptionKey?: kms.IKey;
}

/** A database and its master. */
export interface PostgresDatabase {
  readonly cluster: rds.IDatabaseCluster;
  readonly clusterArn: string;
  readonly databaseName: string;
  readonly masterSecretArn: string;
}

/** Stands for settings with findings, which fail the synthesis anyway. */
const SOUND = {
  databaseName: 'unnamed',
  vpc: undefined,
  minCapacity: 0,
  maxCapacity: 4,
  autoPause: Duration.minutes(5),
  backupRetention: Duration.days(7),
};

/** Makes a cluster with a database, and reports what is wrong with its settings. */
export function newDatabase(scope: Construct, id: string, props?: PostgresDatabaseSettings): PostgresDatabase {
  const development = props?.development ?? false;
  const settings = {
    databaseName: props?.databaseName ?? words(id).join('_'),
    engineVersion: props?.engineVersion ?? rds.AuroraPostgresEngineVersion.VER_17_7,
    vpc: props?.vpc,
    minCapacity: props?.minCapacity ?? 0,
    maxCapacity: props?.maxCapacity ?? 4,
    autoPause: props?.autoPause ?? Duration.minutes(5),
    backupRetention: props?.backupRetention ?? Duration.days(development ? 1 : 7),
    development,
    encryptionKey: props?.encryptionKey,
  };
  const findings = postgresFindings(settings);
  addFindings(scope, findings);
  // The CDK would stop at the first of the findings in words of its own, so it sees nothing but sound settings.
  const { cluster, masterSecretArn } = new Aurora(
    scope,
    'Aurora',
    findings.length === 0 ? settings : { ...settings, ...SOUND },
  );
  return { cluster, clusterArn: cluster.clusterArn, databaseName: settings.databaseName, masterSecretArn };
}

/** The cluster of a database that exists already. */
export function existingCluster(scope: Construct, clusterArn: string): rds.IDatabaseCluster {
  return rds.DatabaseCluster.fromDatabaseClusterAttributes(scope, 'Cluster', {
    clusterIdentifier: clusterIdentifier(clusterArn),
    dataApiEnabled: true,
  });
}

function clusterIdentifier(arn: string): string {
  return Token.isUnresolved(arn) ? Fn.select(6, Fn.split(':', arn)) : (arn.split(':')[6] ?? arn);
}
