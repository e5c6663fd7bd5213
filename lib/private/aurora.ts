import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import { type Duration, RemovalPolicy, SecretValue } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';

const MASTER_USER = 'postgres';

export interface AuroraProps {
  readonly databaseName: string;
  readonly engineVersion: rds.AuroraPostgresEngineVersion;
  /**
   * The network.
   * @default - one of its own
   */
  readonly vpc?: ec2.IVpc;
  readonly minCapacity: number;
  readonly maxCapacity: number;
  readonly autoPause: Duration;
  readonly backupRetention: Duration;
  readonly development: boolean;
  /**
   * The key of the storage and of the master's secret.
   * @default - the account's keys
   */
  readonly encryptionKey?: kms.IKey;
}

/** An Aurora PostgreSQL Serverless v2 cluster that nothing but the Data API reaches. */
export class Aurora extends Construct {
  public readonly cluster: rds.IDatabaseCluster;
  /** The ARN of the master user's secret, which RDS makes and rotates. */
  public readonly masterSecretArn: string;

  public constructor(scope: Construct, id: string, props: AuroraProps) {
    super(scope, id);
    const engine = rds.DatabaseClusterEngine.auroraPostgres({ version: props.engineVersion });
    const cluster = new rds.DatabaseCluster(this, 'Cluster', {
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
      removalPolicy: props.development ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
      parameterGroup: new rds.ParameterGroup(this, 'Parameters', {
        engine,
        description: 'Connections are made by TLS only',
        parameters: { 'rds.force_ssl': '1' },
      }),
      vpc: props.vpc ?? this.isolatedVpc(),
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
    });
    this.cluster = cluster;
    this.masterSecretArn = letRdsManageMaster(cluster, props.encryptionKey);
  }

  private isolatedVpc(): ec2.IVpc {
    return new ec2.Vpc(this, 'Vpc', {
      maxAzs: 2,
      natGateways: 0,
      subnetConfiguration: [{ name: 'Isolated', subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 24 }],
    });
  }
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
