import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as backup from 'aws-cdk-lib/aws-backup';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as opensearch from 'aws-cdk-lib/aws-opensearchservice';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as notifications from 'aws-cdk-lib/aws-s3-notifications';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { CfnOutput, Duration, Fn, NestedStack, RemovalPolicy, Stack, Stage } from 'aws-cdk-lib/core';
import { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId } from 'aws-cdk-lib/custom-resources';
import { describe, expect, it } from 'vitest';
import {
  ArchivedHistory,
  Boundary,
  CommandApi,
  CommitStore,
  DomainEvents,
  DynamoDbStore,
  Projection,
  QueryApi,
  Service,
  View,
} from '../../../../lib/index.js';
import { newHandler } from '../../support/synthesis.js';
import { complaints, twoServices, type TwoServices } from '../../support/two-services.js';

const statement = (actions: string[], resources: string[]) => new iam.PolicyStatement({ actions, resources });
const published = ({ owner, fn }: TwoServices): CommandApi =>
  new CommandApi(owner, 'Api', {
    store: new CommitStore(owner, 'Commits'),
    handler: fn(owner, 'Write'),
    stream: 'page',
  });

const designs: { name: string; make: (world: TwoServices) => unknown }[] = [
  {
    name: 'a service that reads and writes its own store',
    make: ({ store, owner, fn }) => store.table.grantReadWriteData(fn(owner)),
  },
  {
    name: 'a role outside of all services that only functions of the owner have',
    make: ({ store, stack, owner }) => {
      const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
      store.table.grantReadData(role);
      new lambda.Function(owner, 'Reader', {
        runtime: lambda.Runtime.NODEJS_22_X,
        handler: 'index.handler',
        code: lambda.Code.fromInline('exports.handler = async () => ({});'),
        role,
      });
    },
  },
  {
    name: 'a projection of the stream of another service',
    make: (world) => {
      const into = View.entity(new DynamoDbStore(world.other, 'View', { partitionKey: 'id' }));
      new Projection(world.other, 'Pages', { of: published(world).stream, into, handler: world.fn(world.other) });
    },
  },
  {
    name: 'the history of a stream of another service, asked by hand',
    make: (world) => published(world).stream.grantHistory(world.fn(world.other)),
  },
  {
    name: 'a history from an archive, kept by another service and followed by a third',
    make: (world) => {
      const archive = new events.Archive(world.stack, 'Archive', {
        sourceEventBus: world.events.eventBus,
        eventPattern: { source: ['catalog'] },
      });
      const of = published(world).stream;
      const archived = new ArchivedHistory(world.other, 'Archived', { of, archiveArn: archive.archiveArn });
      const third = new Service(world.stack, 'Third', { events: world.events });
      const into = View.entity(new DynamoDbStore(third, 'View', { partitionKey: 'id' }));
      new Projection(third, 'Pages', { of: archived.stream, into, handler: world.fn(third) });
    },
  },
  {
    name: 'an operation, wired to another service',
    make: ({ owner, other, fn }) => owner.operation('Work', fn(owner, 'Work')).wire(fn(other)),
  },
  {
    name: 'the APIs of another service',
    make: (world) => {
      const caller = world.fn(world.other);
      published(world).grantSend(caller);
      new QueryApi(world.owner, 'Queries', { store: world.store, handler: world.fn(world.owner, 'Ask') }).grantAsk(
        caller,
      );
    },
  },
  {
    name: 'outputs and exports that nobody of another service uses',
    make: ({ stack, store }) => {
      new CfnOutput(stack, 'Table', { value: store.table.tableName });
      stack.exportValue(store.table.tableArn);
    },
  },
  {
    name: 'alarms and a dashboard over all services',
    make: ({ stack, store }) => {
      const metric = store.metricConsumedReadCapacityUnits();
      new cloudwatch.Dashboard(stack, 'Board', { widgets: [[new cloudwatch.GraphWidget({ left: [metric] })]] });
      new cloudwatch.Alarm(stack, 'Alarm', { metric, threshold: 1, evaluationPeriods: 1 });
    },
  },
  {
    name: 'a backup of all tables',
    make: ({ stack, store }) =>
      backup.BackupPlan.dailyWeeklyMonthly5YearRetention(stack, 'Plan').addSelection('All', {
        resources: [backup.BackupResource.fromDynamoDbTable(store.table)],
        allowRestores: true,
      }),
  },
  {
    name: 'databases of two services that AWS monitors',
    make: ({ stack, owner, other }) => {
      const vpc = new ec2.Vpc(stack, 'Vpc', { natGateways: 0, maxAzs: 2 });
      for (const service of [owner, other]) {
        new rds.DatabaseCluster(service, 'Database', {
          engine: rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_17_7 }),
          writer: rds.ClusterInstance.serverlessV2('Writer'),
          monitoringInterval: Duration.seconds(60),
          vpc,
          vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
        });
      }
    },
  },
  {
    name: 'a machine beside the services that is reached by Session Manager',
    make: ({ stack }) => {
      const vpc = new ec2.Vpc(stack, 'Vpc', { natGateways: 0, maxAzs: 2 });
      const role = new iam.Role(stack, 'Host', {
        assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com'),
        managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName('AmazonSSMManagedInstanceCore')],
      });
      new ec2.Instance(stack, 'Bastion', {
        vpc,
        vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
        instanceType: new ec2.InstanceType('t4g.micro'),
        machineImage: ec2.MachineImage.genericLinux({ 'eu-west-1': 'ami-0123456789abcdef0' }),
        role,
      });
    },
  },
  {
    name: 'one bucket for the logs of all buckets',
    make: ({ stack, owner, other }) => {
      const serverAccessLogsBucket = new s3.Bucket(stack, 'Logs');
      for (const service of [owner, other]) {
        new s3.Bucket(service, 'Files', { serverAccessLogsBucket });
      }
    },
  },
  {
    name: 'one bucket from which the code of all services is deployed',
    make: ({ stack, owner, other }) => {
      const artifacts = new s3.Bucket(stack, 'Artifacts');
      for (const service of [owner, other]) {
        const code = lambda.Code.fromBucket(artifacts, 'code.zip');
        new lambda.LayerVersion(service, 'Layer', { code });
        new lambda.Function(service, 'Fn', { runtime: lambda.Runtime.NODEJS_22_X, handler: 'index.handler', code });
      }
    },
  },
  {
    name: 'a function that the whole world reaches by its URL',
    make: ({ owner, fn }) => fn(owner).addFunctionUrl({ authType: lambda.FunctionUrlAuthType.NONE }),
  },
  {
    name: 'looking at what there is, and traces',
    make: ({ other, fn }) =>
      fn(other).addToRolePolicy(
        statement(['dynamodb:Describe*', 'dynamodb:ListTables', 'xray:PutTraceSegments'], ['*']),
      ),
  },
  {
    name: 'tables of other apps, by their names',
    make: ({ other, fn }) =>
      fn(other).addToRolePolicy(
        statement(['dynamodb:GetItem'], ['arn:aws:dynamodb:eu-west-1:123456789012:table/audit-*']),
      ),
  },
  {
    name: 'AWS-managed policies that reach no store',
    make: ({ other, fn }) => {
      for (const name of ['service-role/AWSLambdaVPCAccessExecutionRole', 'AWSXRayDaemonWriteAccess']) {
        fn(other, name.slice(-6)).role?.addManagedPolicy(iam.ManagedPolicy.fromAwsManagedPolicyName(name));
      }
    },
  },
  {
    name: "the CDK's own functions: a bucket that is emptied, its notifications, kept logs",
    make: ({ owner, fn }) => {
      const bucket = new s3.Bucket(owner, 'Files', { autoDeleteObjects: true, removalPolicy: RemovalPolicy.DESTROY });
      bucket.addEventNotification(s3.EventType.OBJECT_CREATED, new notifications.LambdaDestination(fn(owner)));
      new logs.LogRetention(owner, 'Kept', { logGroupName: '/some/logs', retention: logs.RetentionDays.ONE_WEEK });
    },
  },
  {
    name: 'calls of the SDK on an own table',
    make: ({ owner, store }) =>
      new AwsCustomResource(owner, 'Call', {
        onUpdate: {
          service: 'DynamoDB',
          action: 'putItem',
          parameters: { TableName: store.table.tableName },
          physicalResourceId: PhysicalResourceId.of('call'),
        },
        policy: AwsCustomResourcePolicy.fromSdkCalls({ resources: [store.table.tableArn] }),
      }),
  },
  {
    name: 'one key for the tables of all services',
    make: ({ stack, owner, other, fn, table }) => {
      const encryptionKey = new kms.Key(stack, 'Key');
      for (const service of [owner, other]) {
        table(service, 'Locked', { encryptionKey }).grantReadWriteData(fn(service));
      }
    },
  },
  {
    name: 'one network for all services',
    make: ({ stack, owner, other }) => {
      const vpc = new ec2.Vpc(stack, 'Vpc', { natGateways: 0, maxAzs: 2 });
      for (const service of [owner, other]) {
        new lambda.Function(service, 'Reader', {
          runtime: lambda.Runtime.NODEJS_22_X,
          handler: 'index.handler',
          code: lambda.Code.fromInline('exports.handler = async () => ({});'),
          vpc,
          vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
        });
      }
    },
  },
  {
    name: 'one API in front of all services',
    make: ({ stack, owner, other, fn }) => {
      const api = new apigateway.RestApi(stack, 'Front');
      api.root.addResource('catalog').addMethod('GET', new apigateway.LambdaIntegration(fn(owner)));
      api.root.addResource('browse').addMethod('GET', new apigateway.LambdaIntegration(fn(other)));
    },
  },
  {
    name: 'somebody who operates: calls functions and has views rebuilt',
    make: (world) => {
      const into = View.entity(world.store);
      const handler = world.fn(world.owner, 'List');
      const listing = new Projection(world.owner, 'Pages', { of: published(world).stream, into, handler });
      const operator = new iam.Role(world.stack, 'Operator', { assumedBy: new iam.AccountRootPrincipal() });
      listing.rebuild?.grantStartExecution(operator);
      world.fn(world.owner, 'Work').grantInvoke(operator);
    },
  },
  {
    name: 'a JSON with a list that is known at the deployment only, for which the CDK makes a resource',
    make: ({ stack, owner, store, fn }) =>
      fn(owner).addEnvironment('TABLE', stack.toJsonString({ parts: Fn.split('/', store.table.tableArn) })),
  },
  {
    name: 'a rule beside the services, whose dead letters go to the queue of the function that it has run',
    make: ({ stack, owner, fn }) =>
      new events.Rule(stack, 'Nightly', {
        schedule: events.Schedule.rate(Duration.days(1)),
        targets: [new targets.LambdaFunction(fn(owner), { deadLetterQueue: new sqs.Queue(owner, 'DeadLetters') })],
      }),
  },
  {
    name: 'a search domain that lets in functions of its owner',
    make: ({ owner, fn }) =>
      new opensearch.Domain(owner, 'Search', { version: opensearch.EngineVersion.OPENSEARCH_2_19 }).addAccessPolicies(
        new iam.PolicyStatement({
          principals: [new iam.ArnPrincipal(fn(owner).role?.roleArn ?? '')],
          actions: ['es:ESHttp*'],
          resources: ['*'],
        }),
      ),
  },
  {
    name: 'a table without an owner that one service uses',
    make: ({ stack, owner, fn, table }) => table(stack, 'Stray').grantReadWriteData(fn(owner)),
  },
  {
    name: 'a queue without an owner that two services use',
    make: ({ stack, owner, other, fn }) => {
      const queue = new sqs.Queue(stack, 'Queue');
      queue.grantSendMessages(fn(owner));
      queue.grantConsumeMessages(fn(other));
    },
  },
  {
    name: 'a service over several stacks, one of them nested',
    make: ({ owner, store, fn, table }) => {
      store.table.grantReadData(fn(new Stack(owner, 'Far')));
      table(new NestedStack(owner, 'Inner'), 'Table').grantReadData(fn(owner));
    },
  },
  {
    name: 'statements that deny',
    make: ({ owner, other, fn }) =>
      new s3.Bucket(owner, 'Files', { enforceSSL: true }).addToResourcePolicy(
        new iam.PolicyStatement({
          effect: iam.Effect.DENY,
          principals: [new iam.ArnPrincipal(fn(other).role?.roleArn ?? '')],
          actions: ['s3:*'],
          resources: ['*'],
        }),
      ),
  },
  {
    name: "a secret that is rotated by the owner's function",
    make: ({ owner, fn }) => {
      const secret = new secretsmanager.Secret(owner, 'Secret');
      const rotationLambda = fn(owner, 'Rotate');
      secret.grantRead(rotationLambda);
      secret.addRotationSchedule('Monthly', { rotationLambda });
    },
  },
  {
    name: 'a table that exists already and that one service says to be its own',
    make: ({ owner, fn }) => {
      const arn = 'arn:aws:dynamodb:eu-west-1:123456789012:table/prices';
      const table = dynamodb.Table.fromTableArn(owner, 'Existing', arn);
      DynamoDbStore.fromTable(owner, 'Prices', { table, partitionKey: 'id' }).grantRead(fn(owner));
    },
  },
];

describe('a legal design passes:', () => {
  it.each(designs)('$name', ({ make }) => {
    const world = twoServices({ env: { region: 'eu-west-1', account: '123456789012' } });
    make(world);
    expect(complaints(world)).toEqual([]);
  });

  it('two stages with the same names', () => {
    const world = twoServices();
    for (const name of ['Dev', 'Prod']) {
      const stack = new Stack(new Stage(world.app, name), 'Shop');
      const service = new Service(stack, 'Catalog', { events: new DomainEvents(stack, 'Events') });
      world.table(service, 'Prices', { tableName: 'prices' }).grantReadData(newHandler(service));
    }
    expect(complaints(world)).toEqual([]);
  });

  it('an app without services is not looked at', () => {
    const { app, table, fn } = twoServices();
    const far = new Stack(new Stage(app, 'Other'), 'Plain');
    table(far, 'Table').grantReadData(fn(far));
    fn(far, 'All').addToRolePolicy(statement(['*'], ['*']));
    expect(complaints({ app })).toEqual([]);
  });
});

describe('the list of those who are let in', () => {
  const reason = 'the yearly audit reads all prices';

  it.each<{ name: string; scope: (world: TwoServices) => DynamoDbStore | Service | Stack }>([
    { name: 'of a store', scope: ({ store }) => store },
    { name: 'of a service', scope: ({ owner }) => owner },
    { name: 'of a stack', scope: ({ stack }) => stack },
  ])('is $name', ({ scope }) => {
    const world = twoServices();
    const principal = world.fn(world.other);
    world.store.table.grantReadData(principal);
    Boundary.of(scope(world)).allow({ principal, reason });
    expect(complaints(world)).toEqual([]);
  });

  it('lets in nobody else, and nothing else', () => {
    const world = twoServices();
    const principal = world.fn(world.other);
    Boundary.of(world.store).allow({ principal, reason, actions: ['dynamodb:Scan'] });
    principal.addToRolePolicy(statement(['dynamodb:Scan'], [world.store.table.tableArn]));
    expect(complaints(world)).toEqual([]);
    const more = twoServices();
    const second = more.fn(more.other);
    Boundary.of(more.store).allow({ principal: second, reason, actions: ['dynamodb:Scan'] });
    second.addToRolePolicy(statement(['dynamodb:Scan', 'dynamodb:PutItem'], [more.store.table.tableArn]));
    more.store.table.grantReadData(more.fn(more.other, 'Third'));
    const text = complaints(more).join('\n');
    expect(text).toContain('[Shop/Browse/Reader]');
    expect(text).toContain('[Shop/Browse/Third]');
  });

  it('names roles of elsewhere by their ARN', () => {
    const world = twoServices();
    const principalArn = 'arn:aws:iam::210987654321:role/partner';
    const queue = new sqs.Queue(world.owner, 'Queue');
    queue.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ArnPrincipal(principalArn)],
        actions: ['sqs:SendMessage'],
        resources: ['*'],
      }),
    );
    Boundary.of(queue).allow({ principalArn, reason });
    expect(complaints(world)).toEqual([]);
  });

  it('says what is wrong with an entry', () => {
    const world = twoServices();
    Boundary.of(world.store).allow({ reason });
    Boundary.of(world.store).allow({ principal: world.other, reason: 'because' });
    Boundary.of(world.store).allow({ principal: world.other, reason, until: 'tomorrow' });
    const text = complaints(world).join('\n');
    expect(text).toContain('[Shop/Catalog/Products] Boundary.allow: neither principal nor principalArn is given');
    expect(text).toContain('Boundary.allow: reason is "because"; allowed: 10 characters or more');
    expect(text).toContain('Boundary.allow: until is "tomorrow"; allowed: a day of the calendar');
  });

  it('warns of what is past its day, and of what nobody needs', () => {
    const world = twoServices();
    const principal = world.fn(world.other);
    world.store.table.grantReadData(principal);
    Boundary.of(world.store).allow({ principal, reason, until: '2020-06-30' });
    Boundary.of(world.owner).allow({ principal: world.fn(world.other, 'Idle'), reason: 'it was needed once' });
    const messages = world.app
      .synth()
      .getStackByName('Shop')
      .messages.map(({ entry }) => String(entry.data));
    expect(messages.filter((text) => text.includes('cdk-database-patterns:admission'))).toEqual([
      expect.stringContaining('somebody is let in until 2020-06-30, which is past'),
    ]);
    expect(messages.filter((text) => text.includes('idleAdmission'))).toEqual([
      expect.stringContaining('Shop/Browse/Idle is let in ("it was needed once") and reaches nothing here'),
    ]);
  });
});
