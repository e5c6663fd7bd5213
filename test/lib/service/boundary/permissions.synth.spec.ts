import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Aws, CfnElement, CfnParameter, CfnResource, Fn, Stack } from 'aws-cdk-lib/core';
import type { Construct, IConstruct } from 'constructs';
import { describe, expect, it } from 'vitest';
import {
  CommandApi,
  CommitStore,
  PostgresStore,
  Projection,
  QueryApi,
  Service,
  StoreAccess,
  View,
} from '../../../../lib/index.js';
import { CLUSTER_ARN, SECRET_ARN } from '../../support/shop.js';
import { complaints, twoServices, type TwoServices } from '../../support/two-services.js';
import { check, type Violation } from './violation.js';

const statement = (actions: string[], resources: string[]) => new iam.PolicyStatement({ actions, resources });
const allow = (world: TwoServices, at: Construct, actions: string[], resources: string[]) =>
  world.fn(at).addToRolePolicy(statement(actions, resources));
const idOf = (world: TwoServices, construct: IConstruct): string => {
  const resource = construct.node.defaultChild;
  if (!(resource instanceof CfnElement)) throw new Error('no resource');
  return world.stack.getLogicalId(resource);
};
const database = (world: TwoServices) =>
  PostgresStore.fromDataApi(world.owner, 'Orders', {
    clusterArn: CLUSTER_ARN,
    secretArn: SECRET_ARN,
    databaseName: 'orders',
  });

/** In each, `at` is the other service; the same below the owner has to pass. */
const violations: Violation[] = [
  {
    name: 'a grant of the L2 to read',
    make: (world, at) => world.store.table.grantReadData(world.fn(at)),
    says: ['GetItem', 'policy Shop/Browse/Reader/ServiceRole/DefaultPolicy'],
  },
  {
    name: 'a grant of the L2 to write',
    make: (world, at) => world.store.table.grantWriteData(world.fn(at)),
    says: ['PutItem'],
  },
  {
    name: 'a grant of the store',
    make: (world, at) => world.store.grantRead(world.fn(at)),
    says: ['dynamodb:GetItem, BatchGetItem'],
  },
  {
    name: 'a query API',
    make: (world, at) => new QueryApi(at, 'Queries', { store: world.store, handler: world.fn(at) }),
    says: ['GetItem', 'Environment.Variables.DBPATTERNS_STORE_PRODUCTS of AWS::Lambda::Function'],
  },
  {
    name: 'a projection into the view of another service',
    make: (world, at) => {
      const commits = new CommitStore(at, 'Commits');
      const { stream } = new CommandApi(at, 'Api', { store: commits, handler: world.fn(at, 'Write'), stream: 'page' });
      new Projection(at, 'Pages', { of: stream, into: View.entity(world.store), handler: world.fn(at) });
    },
    says: ['UpdateItem', 'DBPATTERNS_STORE_PRODUCTS'],
  },
  {
    name: 'a command API over the store of another service',
    make: (world, at) => {
      const store = new CommitStore(world.owner, 'Commits');
      new CommandApi(at, 'Api', { store, handler: world.fn(at), stream: 'page' });
    },
    says: ['PartiQLInsert', 'DBPATTERNS_STORE_COMMITS'],
    target: 'Shop/Catalog/Commits',
  },
  {
    name: 'an inline policy',
    make: (world, at) =>
      new iam.Role(at, 'Reader', {
        assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
        inlinePolicies: {
          own: new iam.PolicyDocument({ statements: [statement(['dynamodb:Query'], [world.store.table.tableArn])] }),
        },
      }),
    says: ['dynamodb:Query', 'policy Shop/Browse/Reader'],
  },
  {
    name: 'a managed policy that names its roles',
    make: (world, at) => {
      const { role } = world.fn(at);
      new iam.ManagedPolicy(world.stack, 'Managed', {
        roles: role === undefined ? [] : [role],
        statements: [statement(['dynamodb:*'], [`${world.store.table.tableArn}/index/*`])],
      });
    },
    says: ['dynamodb:*', 'policy Shop/Managed'],
  },
  {
    name: 'a managed policy that the role names',
    make: (world, at) => {
      const policy = new iam.ManagedPolicy(world.stack, 'Managed', {
        statements: [statement(['dynamodb:Get*'], [world.store.table.tableArn])],
      });
      world.fn(at).role?.addManagedPolicy(policy);
    },
    says: ['dynamodb:Get*', 'policy Shop/Managed'],
  },
  {
    name: 'all tables',
    make: (world, at) => allow(world, at, ['dynamodb:GetItem'], ['*']),
    says: ['may do dynamodb:GetItem on *', 'store.wire'],
  },
  {
    name: 'all tables, by an ARN',
    make: (world, at) =>
      allow(
        world,
        at,
        ['dynamodb:GetItem'],
        [world.stack.formatArn({ service: 'dynamodb', resource: 'table', resourceName: '*' })],
      ),
    says: ['dynamodb:GetItem on arn:*:dynamodb:*:*:table/*'],
  },
  {
    name: 'the beginning of the name that CloudFormation will give',
    make: (world, at) =>
      allow(world, at, ['dynamodb:GetItem'], ['arn:aws:dynamodb:eu-west-1:123456789012:table/Shop-Cat*']),
    says: ['table/Shop-Cat*'],
  },
  {
    name: 'an action with a wildcard that begins like a harmless one',
    make: (world, at) => allow(world, at, ['dynamodb:D*'], [world.store.table.tableArn]),
    says: ['dynamodb:D*'],
  },
  {
    name: 'an action that is known at the deployment only',
    make: (world, at) => {
      const { valueAsString } = new CfnParameter(world.stack, 'Action');
      const properties = {
        AssumeRolePolicyDocument: {},
        Policies: [
          {
            PolicyName: 'late',
            PolicyDocument: {
              Statement: [{ Effect: 'Allow', Action: valueAsString, Resource: world.store.table.tableArn }],
            },
          },
        ],
      };
      new CfnResource(at, 'Role', { type: 'AWS::IAM::Role', properties });
    },
    says: ['[Shop/Browse/Role]'],
  },
  {
    name: 'an ARN with one of the names that a table may have',
    make: (world, at) => {
      const tableName = Fn.conditionIf('IsProduction', 'prices', Aws.NO_VALUE).toString();
      world.table(world.owner, 'Prices', { tableName });
      const written = 'arn:aws:dynamodb:eu-west-1:123456789012:table/';
      allow(world, at, ['dynamodb:GetItem'], [`${written}prices`]);
      allow(
        { ...world, fn: (scope) => world.fn(scope, 'Other') },
        at,
        ['dynamodb:GetItem'],
        [`${written}Shop-CatalogPrices*`],
      );
    },
    says: ['[Shop/Browse/Reader]', '[Shop/Browse/Other]'],
    target: 'Shop/Catalog/Prices',
  },
  {
    name: 'everything but some actions',
    make: (world, at) =>
      world.fn(at).addToRolePolicy(new iam.PolicyStatement({ notActions: ['iam:*'], resources: ['*'] })),
    says: ['(all actions but iam:*; policy Shop/Browse/Reader/ServiceRole/DefaultPolicy)'],
    evenOfOwner: 'may publish as any service',
  },
  {
    name: 'everything but some resources',
    make: (world, at) =>
      world
        .fn(at)
        .addToRolePolicy(
          new iam.PolicyStatement({ actions: ['dynamodb:Query'], notResources: [world.table(at, 'Mine').tableArn] }),
        ),
    says: ['all resources but those that it names'],
  },
  {
    name: 'an AWS-managed policy',
    make: (world, at) =>
      world.fn(at).role?.addManagedPolicy(iam.ManagedPolicy.fromAwsManagedPolicyName('AmazonDynamoDBReadOnlyAccess')),
    says: ['the managed policy AmazonDynamoDBReadOnlyAccess', 'counts as dynamodb:* on *'],
  },
  {
    name: 'the AWS-managed policy of an administrator',
    make: (world, at) =>
      world.fn(at).role?.addManagedPolicy(iam.ManagedPolicy.fromAwsManagedPolicyName('AdministratorAccess')),
    says: ['AdministratorAccess', 'counts as * on *'],
    evenOfOwner: 'may publish as any service',
  },
  {
    name: 'the AWS-managed policy for the streams of all tables',
    make: (world, at) =>
      world
        .fn(at)
        .role?.addManagedPolicy(
          iam.ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSLambdaDynamoDBExecutionRole'),
        ),
    says: ['AWSLambdaDynamoDBExecutionRole'],
  },
  {
    name: 'a managed policy that exists already',
    make: (world, at) =>
      world.fn(at).role?.addManagedPolicy(iam.ManagedPolicy.fromManagedPolicyName(at, 'Imported', 'company-readers')),
    says: ['the managed policy company-readers, which cannot be read here'],
    evenOfOwner: 'may publish as any service',
  },
  {
    name: 'a statement that was put in by an override',
    make: (world, at) => {
      const fn = world.fn(at);
      fn.addToRolePolicy(statement(['xray:Put*'], ['*']));
      const policy = fn.role?.node.findChild('DefaultPolicy').node.defaultChild;
      if (!CfnResource.isCfnResource(policy ?? at)) throw new Error('no policy');
      (policy as CfnResource).addPropertyOverride('PolicyDocument.Statement.0', {
        Effect: 'Allow',
        Action: 'dynamodb:PutItem',
        Resource: { 'Fn::GetAtt': [idOf(world, world.store.table), 'Arn'] },
      });
    },
    says: ['dynamodb:PutItem'],
  },
  {
    name: 'an L1 with references that were written by hand',
    make: (world, at) => {
      const role = world.fn(at).node.findChild('ServiceRole');
      new CfnResource(at, 'Raw', {
        type: 'AWS::IAM::Policy',
        properties: {
          PolicyName: 'raw',
          Roles: [{ Ref: idOf(world, role) }],
          PolicyDocument: {
            Statement: [
              {
                Effect: 'Allow',
                Action: 'dynamodb:*',
                Resource: { 'Fn::Sub': `\${${idOf(world, world.store.table)}.Arn}/index/*` },
              },
            ],
          },
        },
      });
    },
    says: ['dynamodb:*', 'policy Shop/Browse/Raw'],
  },
  {
    name: 'an L1 role and function with text references',
    make: (world, at) => {
      const role = new CfnResource(at, 'Role', {
        type: 'AWS::IAM::Role',
        properties: {
          AssumeRolePolicyDocument: {},
          Policies: [
            {
              PolicyName: 'raw',
              PolicyDocument: {
                Statement: [
                  {
                    Effect: 'Allow',
                    Action: 'dynamodb:Scan',
                    Resource: {
                      'Fn::Join': ['', [{ 'Fn::GetAtt': `${idOf(world, world.store.table)}.Arn` }, '']],
                    },
                  },
                ],
              },
            },
          ],
        },
      });
      new CfnResource(at, 'Reader', {
        type: 'AWS::Lambda::Function',
        properties: { Role: { 'Fn::GetAtt': [world.stack.getLogicalId(role), 'Arn'] } },
      });
    },
    says: ['dynamodb:Scan'],
  },
  {
    name: 'a key',
    make: (world, at) => new kms.Key(world.owner, 'Key').grantDecrypt(world.fn(at)),
    says: ['kms:Decrypt'],
    target: 'Shop/Catalog/Key',
  },
  {
    name: 'a secret',
    make: (world, at) => new secretsmanager.Secret(world.owner, 'Secret').grantRead(world.fn(at)),
    says: ['secretsmanager:GetSecretValue'],
    target: 'Shop/Catalog/Secret',
  },
  {
    name: 'the secret of a database user',
    make: (world, at) => database(world).userSecret(StoreAccess.READ).grantRead(world.fn(at)),
    says: ['secretsmanager:GetSecretValue'],
    target: 'Shop/Catalog/Orders/ReaderUser',
  },
  {
    name: 'the Data API of a database that exists already',
    make: (world, at) => {
      database(world);
      allow(world, at, ['rds-data:ExecuteStatement'], [CLUSTER_ARN]);
    },
    says: ['rds-data:ExecuteStatement'],
    target: 'Shop/Catalog/Orders',
  },
  {
    name: 'messages of a queue',
    make: (world, at) => new sqs.Queue(world.owner, 'Queue').grantConsumeMessages(world.fn(at)),
    says: ['sqs:ReceiveMessage'],
    target: 'Shop/Catalog/Queue',
  },
  {
    name: 'sending to a queue',
    make: (world, at) => new sqs.Queue(world.owner, 'Queue').grantSendMessages(world.fn(at)),
    says: ['sqs:SendMessage', 'only its owner puts messages into a queue or takes them out'],
    target: 'Shop/Catalog/Queue',
  },
  {
    name: 'a function of another service, called directly',
    make: (world, at) => world.fn(world.owner, 'Work').grantInvoke(world.fn(at)),
    says: ['lambda:InvokeFunction', 'what a service offers to others are operations'],
    target: 'Shop/Catalog/Work',
  },
  {
    name: 'the function behind an operation, past its alias',
    make: (world, at) => {
      const work = world.fn(world.owner, 'Work');
      world.owner.operation('Work', work);
      work.grantInvoke(world.fn(at));
    },
    says: ['lambda:InvokeFunction', 'call its operation "Work"'],
    target: 'Shop/Catalog/Work',
  },
  {
    name: 'the rebuild of a view',
    make: (world, at) => {
      const commits = new CommitStore(world.owner, 'Commits');
      const api = { store: commits, handler: world.fn(world.owner, 'Write'), stream: 'page' };
      const { stream } = new CommandApi(world.owner, 'Api', api);
      const into = View.entity(world.store);
      const listing = new Projection(world.owner, 'Pages', {
        of: stream,
        into,
        handler: world.fn(world.owner, 'List'),
      });
      listing.rebuild?.grantStartExecution(world.fn(at));
    },
    says: ['states:StartExecution'],
    target: 'Shop/Catalog/Pages/Rebuild/StateMachine',
  },
];

describe('a permission of another service is found:', () => {
  it.each(violations)('$name', check);
});

describe('a principal without an owner is found:', () => {
  const ownerless: { name: string; make: (world: TwoServices) => unknown; says: string }[] = [
    {
      name: 'a function',
      make: ({ store, stack, fn }) => store.table.grantReadData(fn(stack)),
      says: '[Shop/Reader] belongs to no service and reaches the table Shop/Catalog/Products/Table',
    },
    {
      name: 'a role',
      make: ({ store, stack }) =>
        store.table.grantReadData(new iam.Role(stack, 'Reader', { assumedBy: new iam.AccountRootPrincipal() })),
      says: '[Shop/Reader] belongs to no service and reaches',
    },
    {
      name: 'a user of a group',
      make: ({ store, stack }) => {
        const group = new iam.Group(stack, 'Analysts');
        store.table.grantReadData(group);
        new iam.User(stack, 'Reader', { groups: [group] });
      },
      says: '[Shop/Reader] belongs to no service and reaches',
    },
    {
      name: 'a role that both services have',
      make: ({ store, stack, owner, other }) => {
        const role = new iam.Role(stack, 'Both', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
        for (const [scope, id] of [
          [owner, 'Mine'],
          [other, 'Theirs'],
        ] as const) {
          new CfnResource(scope, id, { type: 'AWS::Lambda::Function', properties: { Role: role.roleArn } });
        }
        store.table.grantReadData(role);
      },
      says: '[Shop/Browse/Theirs] of the service "browse" (Shop/Browse) reaches',
    },
    {
      name: 'a function with a role of the other service',
      make: ({ store, owner, other, fn }) => {
        const { role } = fn(owner, 'Mine');
        if (role === undefined) throw new Error('no role');
        store.table.grantReadData(role);
        new CfnResource(other, 'Theirs', { type: 'AWS::Lambda::Function', properties: { Role: role.roleArn } });
      },
      says: '[Shop/Browse/Theirs] of the service "browse" (Shop/Browse), by the role Shop/Catalog/Mine/ServiceRole, reaches',
    },
    {
      name: 'a role that trusts a role of the other service',
      make: ({ store, owner, other, fn }) => {
        const theirs = fn(other, 'Theirs').role;
        if (theirs === undefined) throw new Error('no role');
        const role = new iam.Role(owner, 'Lent', { assumedBy: new iam.ArnPrincipal(theirs.roleArn) });
        store.table.grantReadData(role);
      },
      says: '[Shop/Browse/Theirs] of the service "browse" (Shop/Browse), by the role Shop/Catalog/Lent, reaches',
    },
    {
      name: 'the right to assume a role of the other service',
      make: ({ owner, other, fn }) => {
        const role = new iam.Role(owner, 'Lent', { assumedBy: new iam.AccountRootPrincipal() });
        role.grantAssumeRole(fn(other, 'Theirs').grantPrincipal);
      },
      says: 'reaches the role Shop/Catalog/Lent',
    },
    {
      name: 'the policy of a role that exists already',
      make: ({ store, other }) =>
        store.table.grantReadData(iam.Role.fromRoleArn(other, 'Theirs', 'arn:aws:iam::123456789012:role/theirs')),
      says: 'of the service "browse" (Shop/Browse) reaches the table',
    },
    {
      name: 'a function below a service or stack with a name as of those that the CDK makes',
      make: ({ store, stack, events, fn }) => {
        const service = new Service(stack, 'LogRetention1234abcd', { events });
        store.table.grantReadData(fn(new Stack(service, 'BucketNotificationsHandler')));
      },
      says: '[Shop/LogRetention1234abcd/BucketNotificationsHandler/Reader] of the service "log-retention1234abcd"',
    },
    {
      name: 'a singleton function of its own, which stands beside all services',
      make: ({ store, other }) =>
        store.table.grantReadData(
          new lambda.SingletonFunction(other, 'One', {
            uuid: '6c1f8fb2-3c5e-4d53-9a58-8f6b9ac0a8f3',
            runtime: lambda.Runtime.NODEJS_22_X,
            handler: 'index.handler',
            code: lambda.Code.fromInline('exports.handler = async () => ({});'),
          }),
        ),
      says: '[Shop/SingletonLambda6c1f8fb23c5e4d539a588f6b9ac0a8f3] belongs to no service and reaches the table',
    },
  ];

  it.each(ownerless)('$name', ({ make, says }) => {
    const world = twoServices();
    make(world);
    expect(complaints(world).join('\n')).toContain(says);
  });
});
