import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Duration, RemovalPolicy, SecretValue } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';

const MASTER_USER = 'postgres';

export interface AuroraProps {
  readonly databaseName: string;
  readonly engineVersion: rds.AuroraPostgresEngineVersion;
  readonly vpc?: ec2.IVpc;
  readonly minCapacity: number;
  readonly maxCapacity: number;
  readonly autoPause: Duration;
  readonly backupRetention: Duration;
  readonly development: boolean;
  readonly encryptionKey?: kms.IKey;
}

export interface Aurora {
  readonly cluster: rds.DatabaseCluster;
  /** The ARN of the master user's secret, which RDS makes and rotates. */
  readonly masterSecretArn: string;
}

/** An Aurora PostgreSQL Serverless v2 cluster that nothing but the Data API reaches. */
export function aurora(scope: Construct, props: AuroraProps): Aurora {
  const engine = rds.DatabaseClusterEngine.auroraPostgres({ version: props.engineVersion });
  const removalPolicy = props.development ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;
  const vpc = props.vpc ?? isolatedVpc(scope);
  const cluster = new rds.DatabaseCluster(scope, 'Cluster', {
    engine,
    defaultDatabaseName: props.databaseName,
    // Taken out of the template again below; the CDK would make a secret of its own without it.
    credentials: rds.Credentials.fromPassword(MASTER_USER, SecretValue.unsafePlainText('managed-by-rds')),
    writer: rds.ClusterInstance.serverlessV2('Writer'),
    serverlessV2MinCapacity: props.minCapacity,
    serverlessV2MaxCapacity: props.maxCapacity,
    serverlessV2AutoPauseDuration: props.minCapacity === 0 ? props.autoPause : undefined,
    enableDataApi: true,
    iamAuthentication: true,
    storageEncrypted: true,
    storageEncryptionKey: props.encryptionKey,
    backup: { retention: props.backupRetention },
    copyTagsToSnapshot: true,
    deletionProtection: !props.development,
    removalPolicy,
    parameterGroup: new rds.ParameterGroup(scope, 'Parameters', {
      engine,
      description: 'Connections are made by TLS only',
      parameters: { 'rds.force_ssl': '1' },
    }),
    vpc,
    vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
  });
  return { cluster, masterSecretArn: letRdsManageMaster(cluster, props.encryptionKey) };
}

/** The L2 construct has no property for it: RDS keeps the master user's password in a secret that it rotates. */
function letRdsManageMaster(cluster: rds.DatabaseCluster, key: kms.IKey | undefined): string {
  const resource = cluster.node.defaultChild;
  if (!(resource instanceof rds.CfnDBCluster)) {
    throw new Error(`${cluster.node.path} has no AWS::RDS::DBCluster as its default child`);
  }
  resource.manageMasterUserPassword = true;
  resource.masterUserPassword = undefined;
  resource.masterUserSecret = key === undefined ? undefined : { kmsKeyId: key.keyArn };
  return resource.attrMasterUserSecretSecretArn;
}

function isolatedVpc(scope: Construct): ec2.IVpc {
  return new ec2.Vpc(scope, 'Vpc', {
    maxAzs: 2,
    natGateways: 0,
    subnetConfiguration: [{ name: 'Isolated', subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 24 }],
  });
}
