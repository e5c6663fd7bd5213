import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as appsync from 'aws-cdk-lib/aws-appsync';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as dsql from 'aws-cdk-lib/aws-dsql';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as efs from 'aws-cdk-lib/aws-efs';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as opensearch from 'aws-cdk-lib/aws-opensearchservice';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { CfnParameter, CfnResource, CustomResource, Fn, NestedStack, Stack } from 'aws-cdk-lib/core';
import { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId } from 'aws-cdk-lib/custom-resources';
import type { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { Boundary, DynamoDbStore, PostgresStore, Service } from '../../../../lib/index.js';
import { CLUSTER_ARN, SECRET_ARN } from '../../support/shop.js';
import { complaints, twoServices, type TwoServices } from '../../support/two-services.js';
import { check, type Violation } from './violation.js';

const NAMED = 'arn:aws:dynamodb:eu-west-1:123456789012:table/prices';
const ISOLATED = { subnetType: ec2.SubnetType.PRIVATE_ISOLATED };
const changes = { stream: dynamodb.StreamViewType.NEW_IMAGE };

const allowed = (world: TwoServices, at: Construct, actions: string[], resources: string[]) =>
  world.fn(at).addToRolePolicy(new iam.PolicyStatement({ actions, resources }));

const mentions: Violation[] = [
  {
    name: 'an environment variable alone',
    make: (world, at) => world.fn(at).addEnvironment('TABLE', world.store.table.tableName),
    says: ['Environment.Variables.TABLE of AWS::Lambda::Function'],
  },
  {
    name: "a secret's value in an environment variable",
    make: (world, at) =>
      world
        .fn(at)
        .addEnvironment('PASSWORD', new secretsmanager.Secret(world.owner, 'Secret').secretValue.unsafeUnwrap()),
    says: ['Environment.Variables.PASSWORD'],
    target: 'Shop/Catalog/Secret',
  },
  {
    name: 'the environment of a container',
    make: (world, at) =>
      new ecs.FargateTaskDefinition(at, 'Task').addContainer('App', {
        image: ecs.ContainerImage.fromRegistry('busybox'),
        environment: { TABLE: world.store.table.tableArn },
      }),
    says: ['Environment[0].Value of AWS::ECS::TaskDefinition'],
  },
  {
    name: "a source of events: the table's stream",
    make: (world, at) =>
      world.fn(at).addEventSource(
        new DynamoEventSource(world.table(world.owner, 'Orders', changes), {
          startingPosition: lambda.StartingPosition.LATEST,
        }),
      ),
    says: ['dynamodb:GetRecords, GetShardIterator', 'EventSourceArn of AWS::Lambda::EventSourceMapping'],
    target: 'Shop/Catalog/Orders',
  },
  {
    name: 'a source of events: a queue',
    make: (world, at) => world.fn(at).addEventSource(new SqsEventSource(new sqs.Queue(world.owner, 'Queue'))),
    says: ['EventSourceArn of AWS::Lambda::EventSourceMapping'],
    target: 'Shop/Catalog/Queue',
  },
  {
    name: 'a pipe',
    make: (world, at) =>
      new CfnResource(at, 'Pipe', {
        type: 'AWS::Pipes::Pipe',
        properties: { Source: world.table(world.owner, 'Orders', changes).tableStreamArn, RoleArn: 'arn:role' },
      }),
    says: ['Source of AWS::Pipes::Pipe'],
    target: 'Shop/Catalog/Orders',
  },
  {
    name: 'a task of Step Functions',
    make: (world, at) =>
      new sfn.StateMachine(at, 'Machine', {
        definitionBody: sfn.DefinitionBody.fromChainable(
          new tasks.DynamoGetItem(at, 'Get', {
            table: world.store.table,
            key: { id: tasks.DynamoAttributeValue.fromString('1') },
          }),
        ),
      }),
    says: ['dynamodb:GetItem', 'DefinitionString of AWS::StepFunctions::StateMachine'],
  },
  {
    name: 'an integration of API Gateway',
    make: (world, at) =>
      new apigateway.RestApi(at, 'Api').root.addMethod(
        'GET',
        new apigateway.AwsIntegration({
          service: 'dynamodb',
          action: 'GetItem',
          options: { requestTemplates: { 'application/json': `{"TableName":"${world.store.table.tableName}"}` } },
        }),
      ),
    says: ['Integration.RequestTemplates', 'AWS::ApiGateway::Method'],
  },
  {
    name: 'a data source of AppSync',
    make: (world, at) =>
      new appsync.CfnDataSource(at, 'Source', {
        apiId: 'api',
        name: 'table',
        type: 'AMAZON_DYNAMODB',
        dynamoDbConfig: { awsRegion: 'eu-west-1', tableName: world.store.table.tableName },
      }),
    says: ['DynamoDBConfig.TableName of AWS::AppSync::DataSource'],
  },
  {
    name: 'a custom resource',
    make: (world, at) =>
      new CustomResource(at, 'Custom', { serviceToken: 'arn:fn', properties: { Table: world.store.table.tableArn } }),
    says: ['Table of AWS::CloudFormation::CustomResource'],
  },
  {
    name: 'calls of the SDK by a custom resource',
    make: (world, at) =>
      new AwsCustomResource(at, 'Call', {
        onUpdate: {
          service: 'DynamoDB',
          action: 'putItem',
          parameters: { TableName: world.store.table.tableName },
          physicalResourceId: PhysicalResourceId.of('call'),
        },
        policy: AwsCustomResourcePolicy.fromSdkCalls({ resources: [world.store.table.tableArn] }),
      }),
    says: ['dynamodb:PutItem', 'Custom::AWS'],
  },
  {
    name: 'a rule that brings events to a queue',
    make: (world, at) =>
      new events.Rule(at, 'Rule', {
        eventBus: world.events.eventBus,
        eventPattern: { source: ['x'] },
        targets: [new targets.SqsQueue(new sqs.Queue(world.owner, 'Queue'))],
      }),
    says: ['Targets[0].Arn of AWS::Events::Rule'],
    target: 'Shop/Catalog/Queue',
  },
  {
    name: 'a rule that has a function run',
    make: (world, at) =>
      new events.Rule(at, 'Rule', {
        eventBus: world.events.eventBus,
        eventPattern: { source: ['x'] },
        targets: [new targets.LambdaFunction(world.fn(world.owner, 'Work'))],
      }),
    says: ['Targets[0].Arn of AWS::Events::Rule'],
    target: 'Shop/Catalog/Work',
  },
  {
    name: 'a rule whose dead letters go to a queue',
    make: (world, at) =>
      new events.Rule(at, 'Rule', {
        eventBus: world.events.eventBus,
        eventPattern: { source: ['x'] },
        targets: [
          new targets.LambdaFunction(world.fn(at), { deadLetterQueue: new sqs.Queue(world.owner, 'DeadLetters') }),
        ],
      }),
    says: ['Targets[0].DeadLetterConfig.Arn of AWS::Events::Rule'],
    target: 'Shop/Catalog/DeadLetters',
  },
  {
    name: 'a bucket',
    make: (world, at) => new s3.Bucket(world.owner, 'Files').grantRead(world.fn(at)),
    says: ['s3:GetObject*'],
    target: 'Shop/Catalog/Files',
  },
  {
    name: "a database's secret, by its attachment",
    make: (world, at) => cluster(world).secret?.grantRead(world.fn(at)),
    says: ['secretsmanager:GetSecretValue'],
    target: 'Shop/Catalog/Database/Secret',
  },
  {
    name: 'the Data API of a cluster',
    make: (world, at) => cluster(world).grantDataApiAccess(world.fn(at)),
    says: ['rds-data:'],
    target: 'Shop/Catalog/Database',
  },
  {
    name: "a cluster by the database user's name",
    make: (world, at) => cluster(world).grantConnect(world.fn(at), 'app'),
    says: ['rds-db:connect'],
    target: 'Shop/Catalog/Database',
  },
  {
    name: 'a parameter store as a detour',
    make: (world, at) => {
      new ssm.StringParameter(world.owner, 'Published', {
        parameterName: '/shop/table',
        stringValue: world.store.table.tableArn,
      });
      const arn = ssm.StringParameter.valueForStringParameter(at, '/shop/table');
      world.fn(at).addToRolePolicy(new iam.PolicyStatement({ actions: ['dynamodb:Query'], resources: [arn] }));
    },
    says: ['dynamodb:Query'],
  },
];

mentions.push(
  {
    name: 'an ARN that was written down',
    make: (world, at) => {
      world.table(world.owner, 'Prices', { tableName: 'prices' });
      world.fn(at).addEnvironment('SETTINGS', JSON.stringify({ table: NAMED }));
    },
    says: [`${NAMED} in environment.variables.SETTINGS of AWS::Lambda::Function`],
    target: 'Shop/Catalog/Prices',
  },
  {
    name: 'an ARN that was written down, in whatever partition, region and account',
    make: (world, at) => {
      world.table(world.owner, 'Prices', { tableName: 'prices' });
      world.fn(at).addEnvironment('TABLE', dynamodb.Table.fromTableName(at, 'Existing', 'prices').tableArn);
    },
    says: ['arn:*:dynamodb:*:*:table/prices in environment.variables.TABLE of AWS::Lambda::Function'],
    target: 'Shop/Catalog/Prices',
  },
);

describe('what refers to a store of another service is found:', () => {
  it.each(mentions)('$name', check);
});

mentions.push(
  {
    name: 'an API by its description, with the role of the owner',
    make: (world, at) =>
      new apigateway.SpecRestApi(at, 'Api', {
        apiDefinition: apigateway.ApiDefinition.fromInline({
          openapi: '3.0.1',
          paths: {
            '/': {
              get: {
                'x-amazon-apigateway-integration': {
                  type: 'aws',
                  uri: 'arn:aws:apigateway:eu-west-1:dynamodb:action/Scan',
                  requestTemplates: { 'application/json': `{"TableName":"${world.store.table.tableName}"}` },
                },
              },
            },
          },
        }),
      }),
    says: ['AWS::ApiGateway::RestApi'],
  },
  {
    name: "logs that go into another's stream",
    make: (world, at) =>
      new logs.CfnSubscriptionFilter(at, 'Filter', {
        logGroupName: '/browse',
        filterPattern: '',
        destinationArn: new kinesis.Stream(world.owner, 'Stream').streamArn,
      }),
    says: ['DestinationArn of AWS::Logs::SubscriptionFilter'],
    target: 'Shop/Catalog/Stream',
  },
  {
    name: 'an access point of a bucket',
    make: (world, at) =>
      allowed(
        world,
        at,
        ['s3:GetObject'],
        [
          `${new s3.CfnAccessPoint(world.owner, 'Point', { bucket: new s3.Bucket(world.owner, 'Files').bucketName }).attrArn}/object/*`,
        ],
      ),
    says: ['s3:GetObject'],
    target: 'Shop/Catalog/Files',
  },
  {
    name: 'an access point of a file system',
    make: (world, at) =>
      allowed(
        world,
        at,
        ['elasticfilesystem:ClientWrite'],
        [
          new efs.FileSystem(world.owner, 'Files', { vpc: vpcOf(world), vpcSubnets: ISOLATED }).addAccessPoint('Point')
            .accessPointArn,
        ],
      ),
    says: ['elasticfilesystem:ClientWrite'],
    target: 'Shop/Catalog/Files',
  },
  {
    name: 'a database of Aurora DSQL',
    make: (world, at) =>
      allowed(world, at, ['dsql:DbConnectAdmin'], [new dsql.CfnCluster(world.owner, 'Orders').attrResourceArn]),
    says: ['dsql:DbConnectAdmin'],
    target: 'Shop/Catalog/Orders',
  },
  {
    name: 'a version of a state machine, by its alias',
    make: (world, at) => {
      const machine = new sfn.StateMachine(world.owner, 'Machine', {
        definitionBody: sfn.DefinitionBody.fromChainable(new sfn.Pass(world.owner, 'Pass')),
      });
      const version = new sfn.CfnStateMachineVersion(world.owner, 'Version', {
        stateMachineArn: machine.stateMachineArn,
      });
      const alias = new sfn.CfnStateMachineAlias(world.owner, 'Live', {
        routingConfiguration: [{ stateMachineVersionArn: version.attrArn, weight: 100 }],
      });
      allowed(world, at, ['states:StartExecution'], [alias.attrArn]);
    },
    says: ['states:StartExecution'],
    target: 'Shop/Catalog/Machine',
  },
);

const across: Violation[] = [
  {
    name: 'from another stack',
    make: (world, at) => world.store.table.grantReadData(world.fn(new Stack(at, 'Far'))),
    says: ['dynamodb:BatchGetItem'],
  },
  {
    name: 'by a value that was exported by hand',
    make: (world, at) =>
      world.fn(new Stack(at, 'Far')).addEnvironment('TABLE', world.stack.exportValue(world.store.table.tableName)),
    says: ['Environment.Variables.TABLE'],
  },
  {
    name: 'by the name of an export',
    make: (world, at) => {
      world.stack.exportValue(world.store.table.tableArn, { name: 'ProductsArn' });
      world
        .fn(new Stack(at, 'Far'))
        .addToRolePolicy(
          new iam.PolicyStatement({ actions: ['dynamodb:Query'], resources: [Fn.importValue('ProductsArn')] }),
        );
    },
    says: ['dynamodb:Query'],
  },
  {
    name: 'from a nested stack',
    make: (world, at) => world.store.table.grantReadData(world.fn(new NestedStack(at, 'Inner'))),
    says: ['dynamodb:BatchGetItem'],
  },
  {
    name: 'in a nested stack of the owner',
    make: (world, at) => world.table(new NestedStack(world.owner, 'Inner'), 'Table').grantWriteData(world.fn(at)),
    says: ['dynamodb:BatchWriteItem'],
    target: 'Shop/Catalog/Inner/Table',
  },
  {
    name: "by a nested stack's own parameter",
    make: (world, at) => {
      const inner = new NestedStack(at, 'Inner', { parameters: { Table: world.store.table.tableArn } });
      const table = new CfnParameter(inner, 'Table');
      world
        .fn(inner)
        .addToRolePolicy(new iam.PolicyStatement({ actions: ['dynamodb:Query'], resources: [table.valueAsString] }));
    },
    says: ['dynamodb:Query'],
  },
  {
    name: 'by the name of what another service creates',
    make: (world, at) => {
      world.table(world.owner, 'Prices', { tableName: 'prices' });
      dynamodb.Table.fromTableName(at, 'Imported', 'prices').grantReadData(world.fn(at));
    },
    says: ['dynamodb:BatchGetItem'],
    target: 'Shop/Catalog/Prices',
  },
  {
    name: 'what another service says that it exists',
    make: (world, at) => {
      DynamoDbStore.fromTable(world.owner, 'Prices', {
        table: dynamodb.Table.fromTableArn(world.owner, 'Existing', NAMED),
        partitionKey: 'id',
      });
      dynamodb.Table.fromTableArn(at, 'Imported', NAMED).grantReadData(world.fn(at));
    },
    says: ['dynamodb:BatchGetItem', NAMED],
    target: 'Shop/Catalog/Prices',
  },
];

describe('a store is found wherever it stands:', () => {
  it.each(across)('$name', check);

  it('in another stack, by weak references', () => {
    const world = twoServices({ context: { '@aws-cdk/core:defaultCrossStackReferences': 'weak' } });
    world.store.table.grantReadData(world.fn(new Stack(world.other, 'Far')));
    expect(complaints(world).join('\n')).toContain('reaches the table Shop/Catalog/Products/Table');
  });

  it.each([
    { who: 'owner', found: [] },
    {
      who: 'other',
      found: [expect.stringContaining('[Shop/Browse/Far/Reader] of the service "browse" (Shop/Browse)')],
    },
  ] as const)('in another region: its $who there', ({ who, found }) => {
    const account = '123456789012';
    const world = twoServices({ env: { region: 'eu-west-1', account }, crossRegionReferences: true });
    const far = new Stack(world[who], 'Far', { env: { region: 'us-east-1', account }, crossRegionReferences: true });
    world.fn(far).addEnvironment('TABLE', world.store.table.tableArn);
    expect(complaints(world)).toEqual(found);
  });

  it('below a service that stands below another one', () => {
    const world = twoServices();
    const inner = new Service(world.owner, 'Prices', { events: world.events });
    const store = new DynamoDbStore(inner, 'List', { partitionKey: 'id' });
    store.table.grantReadData(world.fn(world.owner));
    world.store.table.grantReadData(world.fn(inner));
    const text = complaints(world).join('\n');
    expect(text).toContain(
      '[Shop/Catalog/Reader] of the service "catalog" (Shop/Catalog) reaches the table Shop/Catalog/Prices/List/Table',
    );
    expect(text).toContain('[Shop/Catalog/Prices/Reader] of the service "prices"');
  });
});

describe('two services with one store:', () => {
  const existing = { clusterArn: CLUSTER_ARN, secretArn: SECRET_ARN, databaseName: 'shop' };

  it('both say that a database is theirs', () => {
    const world = twoServices();
    PostgresStore.fromDataApi(world.owner, 'Orders', existing);
    PostgresStore.fromDataApi(world.other, 'Mine', existing);
    const text = complaints(world).join('\n');
    expect(text).toContain(`[Shop/Browse/Mine] of the service "browse" (Shop/Browse) claims ${CLUSTER_ARN}`);
    expect(text).toContain('one database has one owner');
    expect(text).toContain('SharedDatabase');
  });

  it('it is a table that belongs to neither', () => {
    const world = twoServices();
    const table = world.table(world.stack, 'Shared');
    table.grantReadData(world.fn(world.owner));
    table.grantReadData(world.fn(world.other));
    const text = complaints(world).join('\n');
    expect(text).toContain(
      '[Shop/Shared] the table Shop/Shared belongs to no service and is used by Shop/Catalog/Reader',
    );
    expect(text).toContain('Shop/Browse/Reader of the service "browse"');
  });

  it('it is a secret that belongs to neither, and no service offers to share one', () => {
    const world = twoServices();
    const secret = new secretsmanager.Secret(world.stack, 'ApiKey');
    const principals = [world.fn(world.owner), world.fn(world.other)];
    principals.forEach((each) => secret.grantRead(each));
    const [found = ''] = complaints(world);
    expect(found).toContain('[Shop/ApiKey] the secret Shop/ApiKey belongs to no service and is used by');
    expect(found).toContain('list each who uses it: Boundary.of(<Shop/ApiKey>).allow({ principal, reason })');
    expect(found).not.toContain('SharedDatabase');
    for (const principal of principals) {
      Boundary.of(secret).allow({ principal, reason: 'one key of the monitoring for the whole shop' });
    }
    expect(complaints(world)).toEqual([]);
  });

  it('it exists already, and neither says whose it is', () => {
    const world = twoServices();
    for (const service of [world.owner, world.other]) {
      dynamodb.Table.fromTableArn(service, 'Imported', NAMED).grantReadData(world.fn(service));
    }
    expect(complaints(world).join('\n')).toContain(`${NAMED} belongs to no service and is used by`);
  });

  it('it exists already, for the one by its ARN and for the other by its name', () => {
    for (const services of [
      ['owner', 'other'],
      ['other', 'owner'],
    ] as const) {
      const world = twoServices();
      const [byArn, byName] = services.map((service) => world[service]);
      if (byArn === undefined || byName === undefined) throw new Error('no service');
      dynamodb.Table.fromTableArn(byArn, 'Imported', NAMED).grantReadData(world.fn(byArn));
      dynamodb.Table.fromTableName(byName, 'Imported', 'prices').grantReadData(world.fn(byName));
      const text = complaints(world).join('\n');
      expect(text).toContain('table/prices belongs to no service and is used by');
      expect(text).toContain('Shop/Catalog/Reader of the service "catalog"');
      expect(text).toContain('Shop/Browse/Reader of the service "browse"');
    }
  });

  it('both say that it is theirs, by its ARN and by its name', () => {
    const world = twoServices();
    const claim = (at: Service, table: dynamodb.ITable) =>
      DynamoDbStore.fromTable(at, 'Prices', { table, partitionKey: 'id' });
    claim(world.owner, dynamodb.Table.fromTableArn(world.owner, 'Existing', NAMED));
    claim(world.other, dynamodb.Table.fromTableName(world.other, 'Existing', 'prices'));
    expect(complaints(world).join('\n')).toContain(
      '[Shop/Browse/Prices] of the service "browse" (Shop/Browse) claims arn:*:dynamodb:*:*:table/prices, which is the table Shop/Catalog/Prices',
    );
  });

  it('but not where tables of one name are in two regions', () => {
    const world = twoServices();
    for (const [service, arn] of [
      [world.owner, NAMED],
      [world.other, NAMED.replace('eu-west-1', 'us-east-1')],
    ] as const) {
      dynamodb.Table.fromTableArn(service, 'Imported', arn).grantReadData(world.fn(service));
    }
    expect(complaints(world)).toEqual([]);
  });
});

function cluster(world: TwoServices, securityGroups?: ec2.ISecurityGroup[]): rds.DatabaseCluster {
  return new rds.DatabaseCluster(world.owner, 'Database', {
    engine: rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_17_7 }),
    writer: rds.ClusterInstance.serverlessV2('Writer'),
    enableDataApi: true,
    iamAuthentication: true,
    vpc: vpcOf(world),
    vpcSubnets: ISOLATED,
    securityGroups,
  });
}

/** A group that exists already. */
const existing = ({ stack }: TwoServices): ec2.ISecurityGroup =>
  ec2.SecurityGroup.fromSecurityGroupId(stack, 'Existing', 'sg-0123456789abcdef0');

/** The network belongs to nobody. */
function vpcOf({ stack }: TwoServices): ec2.Vpc {
  const known = stack.node.tryFindChild('Vpc');
  return known instanceof ec2.Vpc ? known : new ec2.Vpc(stack, 'Vpc', { natGateways: 0, maxAzs: 2 });
}

const inVpc = (world: TwoServices, at: Service, groups?: ec2.ISecurityGroup[]): lambda.Function =>
  new lambda.Function(at, 'Reader', {
    runtime: lambda.Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline('exports.handler = async () => ({});'),
    vpc: vpcOf(world),
    vpcSubnets: ISOLATED,
    securityGroups: groups,
  });

describe('a way through the network is found:', () => {
  it('a function of another service that is let in, and its own service may', () => {
    const [wrong, right] = [twoServices(), twoServices()];
    cluster(wrong).connections.allowDefaultPortFrom(inVpc(wrong, wrong.other));
    cluster(right).connections.allowDefaultPortFrom(inVpc(right, right.owner));
    expect(complaints(wrong).join('\n')).toContain(
      '[Shop/Browse/Reader] of the service "browse" (Shop/Browse) reaches the database Shop/Catalog/Database of the service "catalog" (Shop/Catalog): the security group Shop/Catalog/Database/SecurityGroup',
    );
    expect(complaints(right)).toEqual([]);
  });

  it("a function of another service that is let in to the owner's files", () => {
    const world = twoServices();
    const files = new efs.FileSystem(world.owner, 'Files', { vpc: vpcOf(world), vpcSubnets: ISOLATED });
    files.connections.allowDefaultPortFrom(inVpc(world, world.other));
    expect(complaints(world).join('\n')).toContain(
      '[Shop/Browse/Reader] of the service "browse" (Shop/Browse) reaches the file system Shop/Catalog/Files',
    );
  });

  it('a function of another service that is let in to an endpoint of a proxy', () => {
    const world = twoServices();
    const database = cluster(world);
    if (database.secret === undefined) throw new Error('no secret');
    const vpc = vpcOf(world);
    const proxy = database.addProxy('Proxy', { secrets: [database.secret], vpc, vpcSubnets: ISOLATED });
    const group = new ec2.SecurityGroup(world.owner, 'OfEndpoint', { vpc });
    new rds.CfnDBProxyEndpoint(world.owner, 'Endpoint', {
      dbProxyEndpointName: 'reports',
      dbProxyName: proxy.dbProxyName,
      vpcSubnetIds: vpc.selectSubnets(ISOLATED).subnetIds,
      vpcSecurityGroupIds: [group.securityGroupId],
    });
    inVpc(world, world.other).connections.securityGroups.forEach((each) =>
      group.addIngressRule(each, ec2.Port.tcp(5432)),
    );
    expect(complaints(world)).toEqual([
      expect.stringContaining(
        '[Shop/Browse/Reader] of the service "browse" (Shop/Browse) reaches the database Shop/Catalog/Database/Proxy',
      ),
    ]);
  });

  it('a range of addresses', () => {
    const world = twoServices();
    cluster(world).connections.allowDefaultPortFrom(ec2.Peer.ipv4('10.0.0.0/16'));
    expect(complaints(world).join('\n')).toContain('lets in 10.0.0.0/16: that says where somebody is, and not who');
  });

  it('one group for a database and for a function of another service, which lets itself in', () => {
    const world = twoServices();
    const group = new ec2.SecurityGroup(world.stack, 'All', { vpc: vpcOf(world) });
    group.addIngressRule(group, ec2.Port.allTcp());
    new rds.DatabaseCluster(world.owner, 'Database', {
      engine: rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_17_7 }),
      writer: rds.ClusterInstance.serverlessV2('Writer'),
      vpc: vpcOf(world),
      vpcSubnets: ISOLATED,
      securityGroups: [group],
    });
    inVpc(world, world.other, [group]);
    expect(complaints(world).join('\n')).toContain('[Shop/Browse/Reader] of the service "browse"');
  });
});

describe('a security group that exists already', () => {
  const FUNCTION =
    '[Shop/Browse/Reader] of the service "browse" (Shop/Browse) reaches the database Shop/Catalog/Database';

  it.each<{ name: string; make: (world: TwoServices, at: Service) => unknown; says: string }>([
    {
      name: 'is let in with whoever is in it here',
      make: (world, at) => {
        const group = existing(world);
        inVpc(world, at, [group]);
        cluster(world).connections.allowDefaultPortFrom(group);
      },
      says: `${FUNCTION} of the service "catalog" (Shop/Catalog): the security group Shop/Catalog/Database/SecurityGroup, which lets in sg-0123456789abcdef0`,
    },
    {
      name: 'is that of the database, and lets in a function',
      make: (world, at) => cluster(world, [existing(world)]).connections.allowDefaultPortFrom(inVpc(world, at)),
      says: `${FUNCTION} of the service "catalog" (Shop/Catalog): the security group sg-0123456789abcdef0, which lets in Shop/Browse/Reader/SecurityGroup`,
    },
    {
      name: 'is that of the database and of a function',
      make: (world, at) => {
        const group = existing(world);
        cluster(world, [group]);
        inVpc(world, at, [group]);
      },
      says: `${FUNCTION} of the service "catalog" (Shop/Catalog): the security group sg-0123456789abcdef0, which both are in`,
    },
  ])('$name: found of another service, and not of its own', ({ make, says }) => {
    const [wrong, right] = [twoServices(), twoServices()];
    make(wrong, wrong.other);
    make(right, right.owner);
    expect(complaints(wrong)).toEqual([expect.stringContaining(says)]);
    expect(complaints(right)).toEqual([]);
  });

  it('is let in, and nobody knows who is in it', () => {
    const world = twoServices();
    const database = cluster(world);
    database.connections.allowDefaultPortFrom(existing(world));
    const [found = '', ...more] = complaints(world);
    expect(more).toEqual([]);
    expect(found).toContain('which lets in sg-0123456789abcdef0: nobody here is in it');
    const [, rule = ''] = /principal: <([^>]+)>/.exec(found) ?? [];
    const principal = world.app.node.findAll().find(({ node }) => node.path === rule);
    Boundary.of(database).allow({ principal, reason: 'the jump host of those who operate' });
    expect(complaints(world)).toEqual([]);
  });
});

describe('a policy of a store is found that lets in', () => {
  const statement = (principal: iam.IPrincipal, actions: string[]) =>
    new iam.PolicyStatement({ principals: [principal], actions, resources: ['*'] });
  const theirs = ({ fn, other }: TwoServices) => new iam.ArnPrincipal(fn(other).role?.roleArn ?? '');

  it.each<{ name: string; make: (world: TwoServices) => unknown; says: string }>([
    {
      name: 'a role of another service, to a table',
      make: (world) =>
        world.table(world.owner, 'Prices', {
          resourcePolicy: new iam.PolicyDocument({ statements: [statement(theirs(world), ['dynamodb:Query'])] }),
        }),
      says: '[Shop/Browse/Reader] of the service "browse" (Shop/Browse) reaches the table Shop/Catalog/Prices',
    },
    {
      name: 'everybody in the account, to a table',
      make: (world) =>
        world.table(world.owner, 'Prices', {
          resourcePolicy: new iam.PolicyDocument({
            statements: [statement(new iam.AccountRootPrincipal(), ['dynamodb:Query'])],
          }),
        }),
      says: '[Shop/Catalog/Prices] lets in everybody (arn:*:iam::*:root), which reaches the table',
    },
    {
      name: 'a role of another service, to a bucket',
      make: (world) =>
        new s3.Bucket(world.owner, 'Files').addToResourcePolicy(statement(theirs(world), ['s3:GetObject'])),
      says: 'reaches the bucket Shop/Catalog/Files',
    },
    {
      name: 'a role of another service, to a bucket, by the policy of an access point',
      make: (world) => {
        const bucket = new s3.Bucket(world.owner, 'Files').bucketName;
        const policy = new iam.PolicyDocument({ statements: [statement(theirs(world), ['s3:GetObject'])] });
        new s3.CfnAccessPoint(world.owner, 'Point', { bucket, policy });
      },
      says: 'reaches the bucket Shop/Catalog/Files',
    },
    {
      name: 'a role of another service, to a queue',
      make: (world) =>
        new sqs.Queue(world.owner, 'Queue').addToResourcePolicy(statement(theirs(world), ['sqs:SendMessage'])),
      says: 'reaches the queue Shop/Catalog/Queue',
    },
    {
      name: 'a role of another service, to a secret',
      make: (world) =>
        new secretsmanager.Secret(world.owner, 'Secret').addToResourcePolicy(
          statement(theirs(world), ['secretsmanager:GetSecretValue']),
        ),
      says: 'reaches the secret Shop/Catalog/Secret',
    },
    {
      name: 'a role of elsewhere, to a queue',
      make: (world) =>
        new sqs.Queue(world.owner, 'Queue').addToResourcePolicy(
          statement(new iam.ArnPrincipal('arn:aws:iam::210987654321:role/partner'), ['sqs:SendMessage']),
        ),
      says: "allow({ principalArn: 'arn:aws:iam::210987654321:role/partner', reason })",
    },
    {
      name: 'a role of another service, to a key',
      make: (world) => new kms.Key(world.owner, 'Key').addToResourcePolicy(statement(theirs(world), ['kms:Decrypt'])),
      says: '[Shop/Browse/Reader] of the service "browse" (Shop/Browse) reaches the key Shop/Catalog/Key',
    },
    {
      name: 'a role of another service, to a stream',
      make: (world) =>
        new kinesis.Stream(world.owner, 'Stream').addToResourcePolicy(statement(theirs(world), ['kinesis:GetRecords'])),
      says: '[Shop/Browse/Reader] of the service "browse" (Shop/Browse) reaches the stream Shop/Catalog/Stream',
    },
    {
      name: 'a role of another service, to a file system',
      make: (world) =>
        new efs.FileSystem(world.owner, 'Files', { vpc: vpcOf(world), vpcSubnets: ISOLATED }).addToResourcePolicy(
          statement(theirs(world), ['elasticfilesystem:ClientWrite']),
        ),
      says: '[Shop/Browse/Reader] of the service "browse" (Shop/Browse) reaches the file system Shop/Catalog/Files',
    },
    {
      name: 'a role of another service, to a search domain, by the call of a custom resource',
      make: (world) =>
        new opensearch.Domain(world.owner, 'Search', {
          version: opensearch.EngineVersion.OPENSEARCH_2_19,
        }).addAccessPolicies(statement(theirs(world), ['es:ESHttpGet'])),
      says: '[Shop/Browse/Reader] of the service "browse" (Shop/Browse) reaches the search domain Shop/Catalog/Search',
    },
    {
      name: 'everybody, to a search domain, by its property',
      make: (world) =>
        new opensearch.CfnDomain(world.owner, 'Search', {
          accessPolicies: { Statement: [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'es:*', Resource: '*' }] },
        }),
      says: '[Shop/Catalog/Search] lets in everybody (*), which reaches the search domain Shop/Catalog/Search',
    },
    {
      name: 'a role of another service, to a function',
      make: (world) => world.fn(world.owner, 'Work').addPermission('Theirs', { principal: theirs(world) }),
      says: '[Shop/Browse/Reader] of the service "browse" (Shop/Browse) uses the function Shop/Catalog/Work',
    },
    {
      name: 'another account, to a function',
      make: (world) =>
        world.fn(world.owner, 'Work').addPermission('Partner', { principal: new iam.AccountPrincipal('210987654321') }),
      says: 'lets in everybody (210987654321), which uses the function Shop/Catalog/Work',
    },
  ])('$name', ({ make, says }) => {
    const world = twoServices();
    make(world);
    expect(complaints(world).join('\n')).toContain(says);
  });
});

describe('who is listed as the message says passes:', () => {
  const given: { name: string; principal: iam.IPrincipal; principalArn?: string }[] = [
    {
      name: 'a role of elsewhere',
      principal: new iam.ArnPrincipal('arn:aws:iam::210987654321:role/partner'),
    },
    { name: 'everybody in the account', principal: new iam.AccountRootPrincipal() },
    {
      name: 'everybody in the account, by what the policy was given',
      principal: new iam.AccountRootPrincipal(),
      principalArn: new iam.AccountRootPrincipal().arn,
    },
    { name: 'everybody', principal: new iam.AnyPrincipal() },
  ];

  it.each(given)('$name', ({ principal, principalArn }) => {
    const make = (listed?: string): string[] => {
      const world = twoServices();
      const files = new s3.Bucket(world.owner, 'Files');
      files.addToResourcePolicy(
        new iam.PolicyStatement({ principals: [principal], actions: ['s3:GetObject'], resources: ['*'] }),
      );
      if (listed !== undefined) {
        Boundary.of(files).allow({ principalArn: listed, reason: 'the files are for them to read' });
      }
      return complaints(world);
    };
    const [, advised] = /principalArn: '([^']+)'/.exec(make().join()) ?? [];
    expect(advised).toBeDefined();
    expect(make(principalArn ?? advised)).toEqual([]);
    expect(make('arn:aws:iam::123456789012:role/somebody-else')).toHaveLength(1);
  });
});

describe('a publisher is found', () => {
  it('that may publish as any service', () => {
    const world = twoServices();
    world.events.eventBus.grantPutEventsTo(world.fn(world.other));
    expect(complaints(world).join('\n')).toContain(
      '[Shop/Browse/Reader] of the service "browse" (Shop/Browse) may publish as any service: events:PutEvents on the bus Shop/Events/Bus',
    );
  });
});

describe('findings', () => {
  it('come all at once, with those of the kit', () => {
    const world = twoServices();
    world.store.table.grantReadData(world.fn(world.other, 'One'));
    world.fn(world.other, 'Two').addEnvironment('TABLE', world.store.table.tableName);
    world.store.table.grantReadData(world.fn(world.stack, 'Three'));
    new DynamoDbStore(world.other, 'View', { partitionKey: '' });
    const text = complaints(world).join('\n');
    for (const path of ['[Shop/Browse/One]', '[Shop/Browse/Two]', '[Shop/Three]', '[Shop/Browse/View]']) {
      expect(text).toContain(path);
    }
  });

  it('are the same at a second synthesis', () => {
    const world = twoServices();
    world.store.table.grantReadData(world.fn(world.other));
    expect(complaints(world)).toEqual(complaints(world));
    expect(complaints(world)).toHaveLength(1);
  });
});
