import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import { CfnInclude, type CfnIncludeProps } from 'aws-cdk-lib/cloudformation-include';
import { Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { Boundary, DynamoDbStore } from '../../../../lib/index.js';
import { temporaryFolder } from '../../support/synthesis.js';
import { complaints, twoServices, type TwoServices } from '../../support/two-services.js';
import { check, type Violation } from './violation.js';

const NAMED = 'arn:aws:dynamodb:eu-west-1:123456789012:table/prices';

function include(at: Construct, template: object, props?: Partial<CfnIncludeProps>): CfnInclude {
  const templateFile = join(temporaryFolder(), 'template.json');
  writeFileSync(templateFile, JSON.stringify(template));
  return new CfnInclude(at, 'Included', { templateFile, ...props });
}

const trust = {
  Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } }],
};
const reader = (resource: unknown) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: trust,
    Policies: [
      {
        PolicyName: 'reads',
        PolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'dynamodb:GetItem', Resource: resource }] },
      },
    ],
  },
});
const fn = (properties: object) => ({
  Type: 'AWS::Lambda::Function',
  Properties: {
    Runtime: 'nodejs22.x',
    Handler: 'index.handler',
    Code: { ZipFile: 'exports.handler = async () => ({});' },
    Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
    ...properties,
  },
});
const table = {
  Type: 'AWS::DynamoDB::Table',
  Properties: {
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    BillingMode: 'PAY_PER_REQUEST',
  },
};
const Parameters = { Table: { Type: 'String' } };

/** In each, `at` is the other service; the same below the owner has to pass. */
const violations: Violation[] = [
  {
    name: 'a role that reads what a parameter names',
    make: ({ store }, at) =>
      include(
        at,
        { Parameters, Resources: { Role: reader({ Ref: 'Table' }) } },
        { parameters: { Table: store.table.tableArn } },
      ),
    says: ['dynamodb:GetItem', 'policy Shop/Browse/Included/Role'],
  },
  {
    name: 'a role that reads what a parameter names, unless the deployment says otherwise',
    make: (world, at) => {
      world.table(world.owner, 'Prices', { tableName: 'prices' });
      include(at, {
        Parameters: { Table: { Type: 'String', Default: NAMED } },
        Resources: { Role: reader({ 'Fn::Sub': '${Table}/index/*' }) },
      });
    },
    says: [`dynamodb:GetItem on ${NAMED}/index/*`],
    target: 'Shop/Catalog/Prices',
  },
  {
    name: 'a role that reads what a mapping and a condition choose',
    make: (world, at) => {
      world.table(world.owner, 'Prices', { tableName: 'prices' });
      const chosen = { 'Fn::FindInMap': ['Tables', { Ref: 'AWS::Region' }, 'arn'] };
      include(at, {
        Mappings: { Tables: { 'eu-west-1': { arn: NAMED } } },
        Conditions: { Here: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'eu-west-1'] } },
        Resources: { Role: reader({ 'Fn::If': ['Here', chosen, { Ref: 'AWS::NoValue' }] }) },
      });
    },
    says: [`dynamodb:GetItem on ${NAMED}`],
    target: 'Shop/Catalog/Prices',
  },
  {
    name: 'a function with the variable of another service',
    make: ({ store }, at) =>
      include(
        at,
        {
          Parameters,
          Resources: {
            Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: trust } },
            Reader: fn({ Environment: { Variables: { TABLE: { Ref: 'Table' } } } }),
          },
        },
        { parameters: { Table: store.table.tableName } },
      ),
    says: ['[Shop/Browse/Included/Reader]', 'Environment.Variables.TABLE of AWS::Lambda::Function'],
  },
  {
    name: 'a source of events that is a resource of a type which the CDK has no construct for',
    make: ({ store }, at) =>
      include(
        at,
        { Parameters, Resources: { Copy: { Type: 'Company::Copies::Table', Properties: { From: { Ref: 'Table' } } } } },
        { parameters: { Table: store.table.tableName } },
      ),
    says: ['From of Company::Copies::Table'],
  },
  {
    name: 'a function of the Serverless Application Model, by its policies',
    make: ({ store }, at) =>
      include(
        at,
        {
          Transform: 'AWS::Serverless-2016-10-31',
          Parameters,
          Resources: {
            Reader: {
              Type: 'AWS::Serverless::Function',
              Properties: {
                Runtime: 'nodejs22.x',
                Handler: 'index.handler',
                CodeUri: './code',
                Policies: [{ DynamoDBReadPolicy: { TableName: { Ref: 'Table' } } }],
              },
            },
          },
        },
        { parameters: { Table: store.table.tableName } },
      ),
    says: ['of AWS::Serverless::Function'],
  },
  {
    name: 'a function that reads a table which was included',
    make: (world, at) => {
      const included = include(world.owner, { Resources: { Prices: table } });
      const arn = included.getResource('Prices').getAtt('Arn').toString();
      world.fn(at).addToRolePolicy(new iam.PolicyStatement({ actions: ['dynamodb:Query'], resources: [arn] }));
    },
    says: ['dynamodb:Query', '[Shop/Browse/Reader]'],
    target: 'Shop/Catalog/Included/Prices',
  },
  {
    name: 'a function that reads a table which was included, by the name that CloudFormation will give',
    make: (world, at) => {
      include(world.owner, { Resources: { Prices: table } });
      const resources = ['arn:aws:dynamodb:eu-west-1:123456789012:table/Shop-Prices-1A2B3C'];
      world.fn(at).addToRolePolicy(new iam.PolicyStatement({ actions: ['dynamodb:Query'], resources }));
    },
    says: ['dynamodb:Query', '[Shop/Browse/Reader]'],
    target: 'Shop/Catalog/Included/Prices',
  },
  {
    name: 'a function that reads a table which was included, as an L2',
    make: (world, at) => {
      const included = include(world.owner, { Resources: { Prices: table } }).getResource('Prices');
      if (!(included instanceof dynamodb.CfnTable)) throw new Error('no table');
      dynamodb.Table.fromTableArn(at, 'Prices', included.attrArn).grantReadData(world.fn(at));
    },
    says: ['dynamodb:BatchGetItem'],
    target: 'Shop/Catalog/Included/Prices',
  },
  {
    name: "a function that reads a table which was included in another stack, by that one's export",
    make: (world, at) => {
      include(new Stack(world.owner, 'Data'), {
        Resources: { Prices: table },
        Outputs: { Arn: { Value: { 'Fn::GetAtt': ['Prices', 'Arn'] }, Export: { Name: 'PricesArn' } } },
      });
      include(new Stack(at, 'Far'), { Resources: { Role: reader({ 'Fn::ImportValue': 'PricesArn' }) } });
    },
    says: ['dynamodb:GetItem', '[Shop/Browse/Far/Included/Role]'],
    target: 'Shop/Catalog/Data/Included/Prices',
  },
  {
    name: 'a function that reads a table of a nested stack which was included',
    make: (world, at) => {
      const folder = temporaryFolder();
      const nested = join(folder, 'nested.json');
      writeFileSync(
        nested,
        JSON.stringify({
          Resources: { Prices: table },
          Outputs: { Arn: { Value: { 'Fn::GetAtt': ['Prices', 'Arn'] } } },
        }),
      );
      const included = include(
        world.owner,
        { Resources: { Data: { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: 'nested' } } } },
        { loadNestedStacks: { Data: { templateFile: nested } } },
      );
      const arn = included.getResource('Data').getAtt('Outputs.Arn').toString();
      world.fn(at).addToRolePolicy(new iam.PolicyStatement({ actions: ['dynamodb:Query'], resources: [arn] }));
    },
    says: ['dynamodb:Query'],
    target: 'Shop/Catalog/Included/Data/Data/Prices',
  },
];

describe('in a template that is included is found:', () => {
  it.each(violations)('$name', check);

  it('all that belongs to no service', () => {
    const world = twoServices();
    const parameters = { Table: world.store.table.tableArn };
    include(world.stack, { Parameters, Resources: { Role: reader({ Ref: 'Table' }), Reader: fn({}) } }, { parameters });
    expect(complaints(world)).toEqual([
      expect.stringContaining('[Shop/Included/Reader] belongs to no service and reaches the table'),
    ]);
  });
});

describe('a template that is included passes', () => {
  const all = {
    Resources: {
      Prices: table,
      Role: reader({ 'Fn::GetAtt': ['Prices', 'Arn'] }),
      Reader: fn({ Environment: { Variables: { TABLE: { Ref: 'Prices' } } } }),
    },
    Outputs: { Arn: { Value: { 'Fn::GetAtt': ['Prices', 'Arn'] }, Export: { Name: 'PricesArn' } } },
  };

  it.each<{ name: string; make: (world: TwoServices) => unknown }>([
    { name: 'below a service, that owns what is in it', make: ({ owner }) => include(owner, all) },
    {
      name: 'beside a service, that says a table in it is its own',
      make: ({ stack, owner, fn: newFn }) => {
        const { tableArn } = dynamodb.Table.fromTableArn(
          owner,
          'Existing',
          include(stack, { Resources: { Prices: table } })
            .getResource('Prices')
            .getAtt('Arn')
            .toString(),
        );
        const existing = dynamodb.Table.fromTableArn(owner, 'Prices', tableArn);
        DynamoDbStore.fromTable(owner, 'Store', { table: existing, partitionKey: 'id' }).grantRead(newFn(owner));
      },
    },
    {
      name: 'of whom the owner lets in',
      make: ({ store, other }) => {
        const parameters = { Table: store.table.tableArn };
        const included = include(other, { Parameters, Resources: { Role: reader({ Ref: 'Table' }) } }, { parameters });
        Boundary.of(store).allow({
          principal: included,
          reason: 'their template is replaced by a projection in spring',
        });
      },
    },
  ])('$name', ({ make }) => {
    const world = twoServices({ env: { region: 'eu-west-1', account: '123456789012' } });
    make(world);
    expect(complaints(world)).toEqual([]);
  });
});
