import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Duration } from 'aws-cdk-lib/core';
import { describe, expect, it } from 'vitest';
import { PostgresStore, StoreAccess, type PostgresStoreProps } from '../../../lib/index.js';
import { CLUSTER_ARN, SECRET_ARN } from '../support/shop.js';
import { findingsOf, newHandler, newStack, rendered, Synthesised } from '../support/synthesis.js';

const CLUSTER = 'AWS::RDS::DBCluster';

function synthesise(props: PostgresStoreProps = {}) {
  const stack = newStack();
  const store = new PostgresStore(stack, 'Products', props);
  const handler = newHandler(stack);
  return { stack, store, handler };
}

function imported(databaseName = 'catalog') {
  const stack = newStack();
  const store = PostgresStore.fromDataApi(stack, 'Products', {
    clusterArn: CLUSTER_ARN,
    secretArn: SECRET_ARN,
    databaseName,
  });
  return { stack, store, handler: newHandler(stack) };
}

describe('a PostgreSQL store', () => {
  it('protects its data unless told otherwise', () => {
    const { stack } = synthesise();
    const cluster = new Synthesised(stack).only(CLUSTER);
    expect(cluster.DeletionPolicy).toBe('Retain');
    expect(cluster.Properties).toMatchObject({
      BackupRetentionPeriod: 7,
      CopyTagsToSnapshot: true,
      DatabaseName: 'products',
      DeletionProtection: true,
      Engine: 'aurora-postgresql',
      StorageEncrypted: true,
    });
  });

  it('pauses when idle and answers to the Data API', () => {
    const { stack } = synthesise();
    expect(new Synthesised(stack).only(CLUSTER).Properties).toMatchObject({
      EnableHttpEndpoint: true,
      ServerlessV2ScalingConfiguration: { MinCapacity: 0, MaxCapacity: 4, SecondsUntilAutoPause: 300 },
    });
  });

  it('leaves the password of its master to RDS, which rotates it', () => {
    const { stack } = synthesise();
    const cluster = new Synthesised(stack).only(CLUSTER);
    expect(cluster.Properties).toMatchObject({ ManageMasterUserPassword: true, MasterUsername: 'postgres' });
    expect(cluster.Properties).not.toHaveProperty('MasterUserPassword');
  });

  it('takes TLS connections only', () => {
    const { stack } = synthesise();
    const synthesised = new Synthesised(stack);
    const parameters = synthesised.only('AWS::RDS::DBClusterParameterGroup');
    expect(parameters.Properties).toMatchObject({ Parameters: { 'rds.force_ssl': '1' } });
    const { DBClusterParameterGroupName } = synthesised.only(CLUSTER).Properties ?? {};
    expect(rendered(DBClusterParameterGroupName)).toBe(`<${parameters.id}>`);
  });

  it('lies in isolated subnets of a network without a way out', () => {
    const { stack } = synthesise();
    const { template } = new Synthesised(stack);
    template.resourceCountIs('AWS::EC2::Subnet', 2);
    for (const type of ['NatGateway', 'EIP', 'InternetGateway', 'Route', 'SecurityGroupIngress']) {
      template.resourceCountIs(`AWS::EC2::${type}`, 0);
    }
  });

  it('lies in the isolated subnets of the network that it is given', () => {
    const stack = newStack();
    const vpc = new ec2.Vpc(stack, 'Vpc', {
      natGateways: 0,
      subnetConfiguration: [
        { name: 'Public', subnetType: ec2.SubnetType.PUBLIC },
        { name: 'Data', subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      ],
    });
    new PostgresStore(stack, 'Products', { vpc });
    const synthesised = new Synthesised(stack);
    const { SubnetIds } = synthesised.only('AWS::RDS::DBSubnetGroup').Properties as { SubnetIds: unknown[] };
    expect(SubnetIds.map(rendered)).toEqual(vpc.isolatedSubnets.map((subnet) => `<${synthesised.idOf(subnet)}>`));
    synthesised.template.resourceCountIs('AWS::EC2::VPC', 1);
  });

  it('goes with its stack in development', () => {
    const { stack } = synthesise({ development: true });
    const cluster = new Synthesised(stack).only(CLUSTER);
    expect(cluster.DeletionPolicy).toBe('Delete');
    expect(cluster.Properties).toMatchObject({
      BackupRetentionPeriod: 1,
      DeletionProtection: false,
      StorageEncrypted: true,
      ManageMasterUserPassword: true,
    });
  });

  it('lets the settings that it is given win over those of development', () => {
    const { stack } = synthesise({
      development: true,
      backupRetention: Duration.days(3),
      minCapacity: 0.5,
      maxCapacity: 1,
    });
    const { Properties } = new Synthesised(stack).only(CLUSTER);
    expect(Properties).toMatchObject({
      BackupRetentionPeriod: 3,
      ServerlessV2ScalingConfiguration: { MinCapacity: 0.5, MaxCapacity: 1 },
    });
    expect(JSON.stringify(Properties)).not.toContain('SecondsUntilAutoPause');
  });

  it('tells a function where it is and as whom to come', () => {
    const { stack, store, handler } = imported();
    store.wire(handler, StoreAccess.READ);
    const synthesised = new Synthesised(stack);
    expect(synthesised.variable(handler, 'DBPATTERNS_STORE_PRODUCTS')).toEqual({
      kind: 'postgres',
      clusterArn: CLUSTER_ARN,
      secretArn: `<${synthesised.only('AWS::SecretsManager::Secret').id}>`,
      database: 'catalog',
    });
  });

  it('lets a function use the Data API and its own secret, and nothing else', () => {
    const { stack, store, handler } = imported();
    store.wire(handler, StoreAccess.READ_WRITE);
    store.wire(newHandler(stack, 'Other'), StoreAccess.READ);
    const synthesised = new Synthesised(stack);
    const secret = `<${synthesised.idOf(store.userSecret(StoreAccess.READ_WRITE))}>`;
    expect(synthesised.allowed(handler)).toEqual([
      `rds-data:BeginTransaction ${CLUSTER_ARN}`,
      `rds-data:CommitTransaction ${CLUSTER_ARN}`,
      `rds-data:ExecuteStatement ${CLUSTER_ARN}`,
      `rds-data:RollbackTransaction ${CLUSTER_ARN}`,
      `secretsmanager:GetSecretValue ${secret}`,
    ]);
  });

  it('has no user before somebody needs one, and one for each need', () => {
    const { stack, store, handler } = imported();
    const users = () => new Synthesised(stack).template.findResources('AWS::SecretsManager::Secret');
    store.wire(handler, StoreAccess.READ);
    store.wire(newHandler(stack, 'Second'), StoreAccess.READ);
    store.grantReadWrite(newHandler(stack, 'Third'));
    const templates = Object.values(users()).map(
      ({ Properties }) =>
        (Properties as { GenerateSecretString: { SecretStringTemplate: string } }).GenerateSecretString,
    );
    expect(templates.map(({ SecretStringTemplate }) => SecretStringTemplate)).toEqual([
      '{"username":"catalog_reader"}',
      '{"username":"catalog_writer"}',
    ]);
  });

  it('puts no function into its network', () => {
    const { stack, store, handler } = synthesise();
    store.wire(handler, StoreAccess.READ);
    const functions = new Synthesised(stack).template.findResources('AWS::Lambda::Function');
    expect(Object.values(functions).filter(({ Properties }) => 'VpcConfig' in (Properties as object))).toEqual([]);
  });

  it('creates no cluster where one exists', () => {
    const { stack } = imported();
    const { template } = new Synthesised(stack);
    template.resourceCountIs(CLUSTER, 0);
    template.resourceCountIs('AWS::EC2::VPC', 0);
  });

  it('does not mind being wired twice', () => {
    const { stack, store, handler } = imported();
    store.wire(handler, StoreAccess.READ);
    store.wire(handler, StoreAccess.READ);
    expect(findingsOf(stack)).toBe('');
    expect(new Set(new Synthesised(stack).allowed(handler)).size).toBe(5);
  });

  it('serves a function in one way only', () => {
    const { stack, store, handler } = imported();
    store.wire(handler, StoreAccess.READ);
    store.wire(handler, StoreAccess.READ_WRITE);
    expect(findingsOf(stack)).toContain(
      'serves the store as reader (Shop/Products) and cannot serve the store as writer',
    );
  });

  it('measures an existing cluster by its name', () => {
    const { stack, store } = imported();
    const { dimensions } = store.metricServerlessDatabaseCapacity().toMetricConfig().metricStat ?? {};
    expect(stack.resolve(dimensions)).toEqual([{ name: 'DBClusterIdentifier', value: 'shop' }]);
  });

  it('says all that is wrong with its settings at once', () => {
    const stack = newStack();
    const vpc = new ec2.Vpc(stack, 'Open', {
      natGateways: 0,
      subnetConfiguration: [{ name: 'Public', subnetType: ec2.SubnetType.PUBLIC }],
    });
    new PostgresStore(stack, 'Products', {
      databaseName: 'My-Db',
      vpc,
      minCapacity: 8,
      maxCapacity: 1.2,
      autoPause: Duration.minutes(1),
      backupRetention: Duration.days(1),
    });
    const findings = findingsOf(stack);
    expect(findings).toContain('[Shop/Products] databaseName is "My-Db"; allowed: a lower-case letter');
    expect(findings).toContain('[Shop/Products] maxCapacity is 1.2; allowed: steps of 0.5');
    expect(findings).toContain('[Shop/Products] minCapacity is 8 and maxCapacity 1.2');
    expect(findings).toContain('[Shop/Products] autoPause in seconds is 60; allowed: 300 to 86400');
    expect(findings).toContain('[Shop/Products] backupRetention in days is 1; allowed: 7 to 35');
    expect(findings).toContain('[Shop/Products] the VPC Shop/Open has no isolated subnets');
  });

  it('says what is wrong with a database that exists already', () => {
    const stack = newStack();
    PostgresStore.fromDataApi(stack, 'Products', { clusterArn: 'shop', secretArn: 'secret', databaseName: 'shop db' });
    const findings = findingsOf(stack);
    expect(findings).toContain('[Shop/Products] clusterArn is "shop"; allowed: the ARN of an Aurora cluster');
    expect(findings).toContain('[Shop/Products] secretArn is "secret"; allowed: the ARN of a secret');
    expect(findings).toContain('[Shop/Products] databaseName is "shop db"; allowed: a letter or an underscore');
  });

  it.each(['postgres', 'Shop-DB'])('takes an existing database as it is named: %s', (databaseName) => {
    expect(findingsOf(imported(databaseName).stack)).toBe('');
  });
});
