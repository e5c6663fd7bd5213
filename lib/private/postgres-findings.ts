import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import { type Duration, Token } from 'aws-cdk-lib/core';
import { nameFindings, rangeFindings } from './findings';

/** `<database>_commands` has to fit PostgreSQL's 63 bytes of a name. */
const DATABASE_NAME = {
  pattern: /^[a-z][a-z0-9_]{0,53}$/,
  allowed: 'a lower-case letter, then at most 53 lower-case letters, digits and underscores',
};
/** What exists already may have a name that has to be quoted; the kit quotes all of them. */
const EXISTING_NAME = {
  pattern: /^[A-Za-z_][A-Za-z0-9_-]{0,53}$/,
  allowed: 'a letter or an underscore, then at most 53 letters, digits, underscores and hyphens',
};
const TAKEN = ['postgres', 'rdsadmin', 'template0', 'template1'];
const CLUSTER_ARN = /^arn:[^:]+:rds:[^:]+:\d+:cluster:.+$/;
const SECRET_ARN = /^arn:[^:]+:secretsmanager:[^:]+:\d+:secret:.+$/;
/** https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.setting-capacity.html */
const MOST_CAPACITY = 256;

interface Settings {
  readonly databaseName: string;
  readonly vpc?: ec2.IVpc;
  readonly minCapacity: number;
  readonly maxCapacity: number;
  readonly autoPause: Duration;
  readonly backupRetention: Duration;
  readonly development: boolean;
}

/** All that is wrong with the settings of a new cluster. */
export function postgresFindings(settings: Settings): string[] {
  return [
    ...databaseNameFindings(settings.databaseName),
    ...capacityFindings('minCapacity', settings.minCapacity, 0),
    ...capacityFindings('maxCapacity', settings.maxCapacity, 1),
    ...(known(settings.minCapacity) && known(settings.maxCapacity) && settings.minCapacity > settings.maxCapacity
      ? [`minCapacity is ${settings.minCapacity} and maxCapacity ${settings.maxCapacity}; raise maxCapacity`]
      : []),
    ...rangeFindings('autoPause in seconds', seconds(settings.autoPause), 300, 86_400),
    ...rangeFindings('backupRetention in days', days(settings.backupRetention), settings.development ? 1 : 7, 35),
    ...(settings.vpc !== undefined && settings.vpc.isolatedSubnets.length === 0
      ? [
          `the VPC ${settings.vpc.node.path} has no isolated subnets; add some (ec2.SubnetType.PRIVATE_ISOLATED, in two ` +
            'availability zones), or leave vpc out and have one made',
        ]
      : []),
  ];
}

/** All that is wrong with what is said of an existing database. */
export function existingDatabaseFindings(existing: {
  clusterArn: string;
  secretArn: string;
  databaseName: string;
}): string[] {
  return [
    ...nameFindings('databaseName', existing.databaseName, EXISTING_NAME),
    ...nameFindings('clusterArn', existing.clusterArn, {
      pattern: CLUSTER_ARN,
      allowed: 'the ARN of an Aurora cluster, arn:aws:rds:<region>:<account>:cluster:<name>',
    }),
    ...nameFindings('secretArn', existing.secretArn, {
      pattern: SECRET_ARN,
      allowed: 'the ARN of a secret, arn:aws:secretsmanager:<region>:<account>:secret:<name>',
    }),
  ];
}

function databaseNameFindings(name: string): string[] {
  if (TAKEN.includes(name)) {
    return [`databaseName is "${name}", which the server has for itself; give another`];
  }
  return nameFindings('databaseName', name, DATABASE_NAME);
}

function capacityFindings(what: string, value: number, least: number): string[] {
  const findings = rangeFindings(what, value, least, MOST_CAPACITY);
  return findings.length === 0 && known(value) && !Number.isInteger(value * 2)
    ? [`${what} is ${value}; allowed: steps of 0.5`]
    : findings;
}

function known(value: number): boolean {
  return !Token.isUnresolved(value);
}

function seconds(duration: Duration): number | undefined {
  return duration.isUnresolved() ? undefined : duration.toSeconds({ integral: false });
}

function days(duration: Duration): number | undefined {
  return duration.isUnresolved() ? undefined : duration.toDays({ integral: false });
}
