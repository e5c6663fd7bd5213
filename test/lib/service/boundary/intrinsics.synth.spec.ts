import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import {
  Aws,
  CfnElement,
  CfnMapping,
  CfnOutput,
  CfnParameter,
  CfnResource,
  Fn,
  NestedStack,
  Stack,
  Token,
} from 'aws-cdk-lib/core';
import type { Construct, IConstruct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { PostgresStore } from '../../../../lib/index.js';
import { SECRET_ARN } from '../../support/shop.js';
import { complaints, twoServices, type TwoServices } from '../../support/two-services.js';
import { check, type Violation } from './violation.js';

const NAMED = 'arn:aws:dynamodb:eu-west-1:123456789012:table/prices';
const AUDIT = NAMED.replace('prices', 'audit');

/** A role whose properties were written by hand. */
const role = (at: Construct, properties: object) =>
  new CfnResource(at, 'Role', { type: 'AWS::IAM::Role', properties: { AssumeRolePolicyDocument: {}, ...properties } });

const policy = (document: unknown) => ({ Policies: [{ PolicyName: 'raw', PolicyDocument: document }] });
const allow = (resource: unknown, effect: unknown = 'Allow') => ({
  Statement: [{ Effect: effect, Action: 'dynamodb:Query', Resource: resource }],
});

const query = ({ fn }: TwoServices, at: Construct, resource: string) =>
  fn(at).addToRolePolicy(new iam.PolicyStatement({ actions: ['dynamodb:Query'], resources: [resource] }));

const arnOf = ({ stack, store }: TwoServices): object => ({ 'Fn::GetAtt': [idOf(stack, store.table), 'Arn'] });

function idOf(stack: Stack, construct: IConstruct): string {
  const resource = construct.node.defaultChild;
  if (!CfnElement.isCfnElement(resource)) throw new Error('no resource');
  return stack.getLogicalId(resource);
}

/** A table whose ARN is known before the deployment. */
const named = (world: TwoServices) => world.table(world.owner, 'Prices', { tableName: 'prices' });

/** A function whose memory is a text to whoever knows the parameter, which a validator refuses. */
function sized({ fn }: TwoServices, at: Construct): lambda.Function {
  const sizedFn = fn(at);
  const { stringValue } = new ssm.StringParameter(at, 'Memory', { stringValue: '512' });
  Object.assign(sizedFn.node.defaultChild ?? {}, { memorySize: Token.asNumber(stringValue) });
  return sizedFn;
}

/** In each, `at` is the other service; the same below the owner has to pass. */
const violations: (Violation & { readonly make: (world: TwoServices, at: Construct) => unknown })[] = [
  {
    name: 'a value of a mapping',
    make: (world, at) => {
      named(world);
      const map = new CfnMapping(world.stack, 'Map', { mapping: { tables: { prices: NAMED } } });
      query(world, at, map.findInMap('tables', 'prices'));
    },
    says: ['dynamodb:Query'],
    target: 'Shop/Catalog/Prices',
  },
  {
    name: 'a value of a mapping, whichever the region is',
    make: (world, at) => {
      named(world);
      const mapping = { 'eu-west-1': { table: 'prices' }, 'us-east-1': { table: 'audit' } };
      new CfnMapping(world.stack, 'Map', { mapping });
      const table = { 'Fn::FindInMap': ['Map', { Ref: 'AWS::Region' }, 'table'] };
      role(at, policy(allow({ 'Fn::Join': ['', ['arn:aws:dynamodb:eu-west-1:123456789012:table/', table]] })));
    },
    says: [`dynamodb:Query on ${NAMED}`],
    target: 'Shop/Catalog/Prices',
  },
  {
    name: 'a policy under a condition',
    make: (world, at) => role(at, policy({ 'Fn::If': ['IsProduction', allow(arnOf(world)), { Ref: 'AWS::NoValue' }] })),
    says: ['dynamodb:Query'],
  },
  {
    name: 'all policies under a condition',
    make: (world, at) =>
      role(at, { Policies: { 'Fn::If': ['IsProduction', policy(allow(arnOf(world))).Policies, []] } }),
    says: ['dynamodb:Query'],
  },
  {
    name: 'a statement that allows under a condition',
    make: (world, at) => role(at, policy(allow(arnOf(world), { 'Fn::If': ['IsProduction', 'Deny', 'Allow'] }))),
    says: ['dynamodb:Query'],
  },
  {
    name: 'a resource under a condition, as a part of a text',
    make: (world, at) => {
      named(world);
      const table = { 'Fn::If': ['IsProduction', 'prices', 'audit'] };
      role(at, policy(allow({ 'Fn::Join': ['', ['arn:aws:dynamodb:eu-west-1:123456789012:table/', table]] })));
    },
    says: [`dynamodb:Query on ${NAMED}`],
    target: 'Shop/Catalog/Prices',
  },
  {
    name: 'the value of a parameter that is made here',
    make: (world, at) => {
      const { tableArn: stringValue } = world.store.table;
      query(world, at, new ssm.StringParameter(world.owner, 'Published', { stringValue }).stringValue);
    },
    says: ['dynamodb:Query'],
  },
  {
    name: 'the value of a parameter, by a reference that was written by hand',
    make: (world, at) => {
      const { tableArn: stringValue } = world.store.table;
      const parameter = new ssm.StringParameter(world.owner, 'Published', { stringValue });
      role(at, policy(allow({ 'Fn::GetAtt': [idOf(world.stack, parameter), 'Value'] })));
    },
    says: ['dynamodb:Query'],
  },
  {
    name: 'a parameter that CloudFormation resolves, by its name',
    make: (world, at) => {
      const parameterName = '/shop/table';
      new ssm.StringParameter(world.owner, 'Published', { parameterName, stringValue: world.store.table.tableArn });
      const existing = { parameterName, forceDynamicReference: true };
      query(world, at, ssm.StringParameter.fromStringParameterAttributes(at, 'Existing', existing).stringValue);
    },
    says: ['dynamodb:Query'],
  },
  {
    name: 'a version of a parameter that CloudFormation resolves, within a text',
    make: (world, at) => {
      const parameterName = '/shop/table';
      new ssm.StringParameter(world.owner, 'Published', { parameterName, stringValue: world.store.table.tableName });
      world.fn(at).addEnvironment('SETTINGS', '{"table":"{{resolve:ssm:/shop/table:3}}"}');
    },
    says: ['Environment.Variables.SETTINGS of AWS::Lambda::Function'],
  },
  {
    name: 'a parameter that CloudFormation resolves, by a reference to it',
    make: (world, at) => {
      const { tableArn: stringValue } = world.store.table;
      const { parameterName } = new ssm.StringParameter(world.owner, 'Published', { stringValue });
      query(world, at, `{{resolve:ssm:${parameterName}}}`);
    },
    says: ['dynamodb:Query'],
  },
  {
    name: "another stack's output, by the names of both",
    make: (world, at) => {
      new CfnOutput(world.stack, 'Published', { value: world.store.table.tableArn });
      query(world, new Stack(at, 'Far'), Fn.getStackOutput('Shop', 'Published'));
    },
    says: ['dynamodb:Query'],
  },
  {
    name: "another stack's output, in a property that was written by hand",
    make: (world, at) => {
      new CfnOutput(world.stack, 'Published', { value: world.store.table.tableArn });
      const value = { 'Fn::GetStackOutput': { StackName: 'Shop', OutputName: 'Published', Region: 'eu-west-1' } };
      role(new Stack(at, 'Far'), policy(allow(value)));
    },
    says: ['dynamodb:Query'],
  },
  {
    name: 'an export, by a name that was written by hand',
    make: (world, at) => {
      world.stack.exportValue(world.store.table.tableArn, { name: 'ProductsArn' });
      role(new Stack(at, 'Far'), policy(allow({ 'Fn::ImportValue': 'ProductsArn' })));
    },
    says: ['dynamodb:Query'],
  },
  {
    name: 'an export, by a name that is put together',
    make: (world, at) => {
      world.stack.exportValue(world.store.table.tableArn, { name: 'Shop-ProductsArn' });
      const far = new Stack(at, 'Far');
      new CfnParameter(far, 'Of', { default: 'Shop' });
      role(far, policy(allow({ 'Fn::ImportValue': { 'Fn::Sub': '${Of}-ProductsArn' } })));
    },
    says: ['dynamodb:Query'],
  },
  {
    name: 'a reference that was written by hand, to an id that was given',
    make: (world, at) => {
      const { defaultChild } = world.store.table.node;
      if (!CfnElement.isCfnElement(defaultChild)) throw new Error('no resource');
      defaultChild.overrideLogicalId('TheProducts');
      role(at, policy(allow({ 'Fn::GetAtt': 'TheProducts.Arn' })));
    },
    says: ['dynamodb:Query'],
  },
  {
    name: 'a parameter that is declared after a store that exists by another one',
    make: (world, at) => {
      named(world);
      const clusterArn = new CfnParameter(world.owner, 'Cluster').valueAsString;
      PostgresStore.fromDataApi(world.owner, 'Orders', { clusterArn, secretArn: SECRET_ARN, databaseName: 'orders' });
      query(world, at, new CfnParameter(at, 'Table', { default: NAMED }).valueAsString);
    },
    says: [`dynamodb:Query on ${NAMED}`],
    target: 'Shop/Catalog/Prices',
  },
  {
    name: 'a value of a mapping that is there for whatever the mapping does not have',
    make: (world, at) => {
      named(world);
      new CfnMapping(world.stack, 'Map', { mapping: { 'us-east-1': { table: AUDIT } } });
      query(world, at, Fn.findInMap('Map', Aws.REGION, 'table', NAMED));
    },
    says: [`dynamodb:Query on ${NAMED}`],
    target: 'Shop/Catalog/Prices',
  },
  {
    name: 'a parameter of another stack',
    make: (world, at) => {
      named(world);
      const { valueAsString } = new CfnParameter(world.stack, 'Table', { default: NAMED });
      query(world, new Stack(at, 'Far'), valueAsString);
    },
    says: [`dynamodb:Query on ${NAMED}`],
    target: 'Shop/Catalog/Prices',
  },
  {
    name: 'a parameter of the stack in which a stack is nested',
    make: (world, at) => {
      named(world);
      const { valueAsString } = new CfnParameter(world.stack, 'Table', { default: NAMED });
      query(world, new NestedStack(at, 'Nested'), valueAsString);
    },
    says: [`dynamodb:Query on ${NAMED}`],
    target: 'Shop/Catalog/Prices',
  },
  {
    name: 'one of the values of a parameter',
    make: (world, at) => {
      named(world);
      const type = 'CommaDelimitedList';
      const { valueAsList } = new CfnParameter(world.stack, 'Tables', { type, default: `${AUDIT}, ${NAMED}` });
      query(world, at, Fn.select(1, valueAsList));
    },
    says: [`dynamodb:Query on ${NAMED}`],
    target: 'Shop/Catalog/Prices',
  },
  {
    name: 'a part of a list in which a condition chooses another part',
    make: (world, at) =>
      role(at, policy(allow({ 'Fn::Select': [1, [{ 'Fn::If': ['IsProduction', 'a', 'b'] }, arnOf(world)]] }))),
    says: ['dynamodb:Query'],
  },
  {
    name: 'a part of a text that a condition chooses',
    make: (world, at) => {
      named(world);
      const table = { 'Fn::Select': [1, { 'Fn::Split': ['/', { 'Fn::If': ['IsProduction', AUDIT, NAMED] }] }] };
      role(at, policy(allow({ 'Fn::Join': ['/', ['arn:aws:dynamodb:eu-west-1:123456789012:table', table]] })));
    },
    says: [`dynamodb:Query on ${NAMED}`],
    target: 'Shop/Catalog/Prices',
  },
  {
    name: 'a variable, beside a number that is read from a parameter',
    make: (world, at) => sized(world, at).addEnvironment('TABLE', world.store.table.tableName),
    says: ['environment.variables.TABLE of AWS::Lambda::Function'],
  },
  {
    name: 'an override, beside a number that is read from a parameter',
    make: (world, at) => {
      const { defaultChild } = sized(world, at).node;
      if (!CfnResource.isCfnResource(defaultChild)) throw new Error('no resource');
      defaultChild.addPropertyOverride('Environment.Variables.TABLE', world.store.table.tableName);
    },
    says: ['Environment.Variables.TABLE of AWS::Lambda::Function'],
  },
  {
    name: 'an export that a condition chooses',
    make: (world, at) => {
      const value = Fn.conditionIf('IsProduction', world.store.table.tableArn, 'none').toString();
      new CfnOutput(world.stack, 'Published', { value, exportName: 'ProductsArn' });
      query(world, new Stack(at, 'Far'), Fn.importValue('ProductsArn'));
    },
    says: ['dynamodb:Query'],
  },
];

describe('a detour that a template makes is followed:', () => {
  it.each(violations)('$name', check);
});

describe('a condition passes', () => {
  it.each([
    { name: 'that takes a resource out of a policy', resource: (own: unknown) => [own, { Ref: 'AWS::NoValue' }] },
    {
      name: 'that chooses between nothing and an own table',
      resource: (own: unknown) => ({ 'Fn::If': ['IsProduction', own, { Ref: 'AWS::NoValue' }] }),
    },
    { name: 'that takes a resource out, by a token', resource: (own: unknown) => [own, Aws.NO_VALUE] },
  ])('$name', ({ resource }) => {
    const world = twoServices();
    const own = world.table(world.other, 'Own').tableArn;
    role(world.other, policy(allow(resource(own))));
    expect(complaints(world)).toEqual([]);
  });
});

describe('a parameter passes', () => {
  it('of another stack, beside one of the same name', () => {
    const world = twoServices();
    named(world);
    const { valueAsString } = new CfnParameter(world.stack, 'Table', { default: AUDIT });
    const far = new Stack(world.other, 'Far');
    new CfnParameter(far, 'Table', { default: NAMED });
    query(world, far, valueAsString);
    expect(complaints(world)).toEqual([]);
  });

  it('of a nested stack, beside one that is given the table of another service', () => {
    const world = twoServices();
    const parameters = { Table: world.store.table.tableArn, Level: 'info' };
    const nested = new NestedStack(world.other, 'Nested', { parameters });
    const { valueAsString } = new CfnParameter(nested, 'Level');
    new CfnParameter(nested, 'Table');
    world.fn(nested).addEnvironment('LEVEL', valueAsString);
    expect(complaints(world)).toEqual([]);
  });
});
