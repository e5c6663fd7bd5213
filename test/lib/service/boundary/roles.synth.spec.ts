import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { StackProps } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { Boundary } from '../../../../lib/index.js';
import { complaints, twoServices, type TwoServices } from '../../support/two-services.js';

const ENV = { region: 'eu-west-1', account: '123456789012' };
const EXISTING = 'arn:aws:iam::123456789012:role/team/readers';
const PARTNER = 'arn:aws:iam::210987654321:role/partner';

const byLambda = () => new iam.ServicePrincipal('lambda.amazonaws.com');
const existing = (at: Construct, options?: iam.FromRoleArnOptions): iam.IRole =>
  iam.Role.fromRoleArn(at, 'Existing', EXISTING, options);

function having(role: iam.IRole, at: Construct): lambda.Function {
  return new lambda.Function(at, 'Reader', {
    runtime: lambda.Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline('exports.handler = async () => ({});'),
    role,
  });
}

/** A table that lets in by its own policy whomever the CDK takes to be of another account. */
const tableOf = ({ owner }: TwoServices): dynamodb.TableV2 =>
  new dynamodb.TableV2(owner, 'Prices', { partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING } });

const letIn = (bucket: s3.Bucket, principal: iam.IPrincipal) =>
  bucket.addToResourcePolicy(
    new iam.PolicyStatement({ principals: [principal], actions: ['s3:GetObject'], resources: ['*'] }),
  );

/** What is right with a role of the owner, and wrong with one of the other service. */
const designs: { name: string; make: (world: TwoServices, at: Construct) => unknown; says: string }[] = [
  {
    name: 'a role that exists already, by whose service imports it',
    make: (world, at) => tableOf(world).grantReadData(existing(at)),
    says: 'of the service "browse" (Shop/Browse) reaches the table Shop/Catalog/Prices',
  },
  {
    name: 'a role that exists already, and is not to be changed',
    make: (world, at) => letIn(new s3.Bucket(world.owner, 'Files'), existing(at, { mutable: false })),
    says: '[Shop/Browse/Existing] of the service "browse" (Shop/Browse) reaches the bucket Shop/Catalog/Files',
  },
  {
    name: 'a role that exists already, by whose function has it, wherever it was imported',
    make: (world, at) => tableOf(world).grantReadData(having(existing(world.stack), at)),
    says: '[Shop/Browse/Reader] of the service "browse" (Shop/Browse) reaches the table Shop/Catalog/Prices',
  },
  {
    name: 'a role of this app, by its ARN',
    make: (world, at) => {
      const roleName = 'readers';
      new iam.Role(at, 'Role', { assumedBy: byLambda(), roleName });
      letIn(new s3.Bucket(world.owner, 'Files'), new iam.ArnPrincipal(EXISTING));
    },
    says: '[Shop/Browse/Role] of the service "browse" (Shop/Browse) reaches the bucket Shop/Catalog/Files',
  },
  {
    name: 'a role of this app, by its name',
    make: (world, at) => {
      const { store } = world;
      having(new iam.Role(at, 'Role', { assumedBy: byLambda(), roleName: 'readers' }), at);
      store.table.grantReadData(iam.Role.fromRoleName(world.owner, 'Named', 'readers'));
    },
    says: '[Shop/Browse/Reader] of the service "browse" (Shop/Browse) reaches the table',
  },
  {
    name: 'a role of this app, which a function has by its name',
    make: (world, at) => {
      const role = new iam.Role(world.owner, 'Role', { assumedBy: byLambda(), roleName: 'readers' });
      world.store.table.grantReadData(role);
      having(iam.Role.fromRoleName(at, 'Named', 'readers'), at);
    },
    says: '[Shop/Browse/Reader] of the service "browse" (Shop/Browse), by the role Shop/Catalog/Role, reaches the table',
  },
  {
    name: 'a role of this app, which an instance profile has by its name',
    make: (world, at) => {
      const role = new iam.Role(world.owner, 'Role', { assumedBy: byLambda(), roleName: 'readers' });
      world.store.table.grantReadData(role);
      new iam.CfnInstanceProfile(at, 'Profile', { roles: ['readers'] });
    },
    says: '[Shop/Browse/Profile] of the service "browse" (Shop/Browse), by the role Shop/Catalog/Role, reaches the table',
  },
  {
    name: 'a user of this app, by its name',
    make: (world, at) => {
      new iam.User(at, 'User', { userName: 'reader' });
      world.store.table.grantReadData(iam.User.fromUserName(world.owner, 'Named', 'reader'));
    },
    says: '[Shop/Browse/User] of the service "browse" (Shop/Browse) reaches the table',
  },
  {
    name: 'a user of a group of this app, all by their names',
    make: (world, at) => {
      new iam.CfnGroup(world.owner, 'Group', { groupName: 'readers' });
      new iam.CfnUser(at, 'User', { groups: ['readers'] });
      world.store.table.grantReadData(iam.Group.fromGroupName(world.owner, 'Named', 'readers'));
    },
    says: '[Shop/Browse/User] of the service "browse" (Shop/Browse), by the role Shop/Catalog/Group, reaches the table',
  },
  {
    name: 'a role that trusts a role of this app by its ARN',
    make: (world, at) => {
      having(new iam.Role(at, 'Role', { assumedBy: byLambda(), roleName: 'readers' }), at);
      const lent = new iam.Role(world.owner, 'Lent', { assumedBy: new iam.ArnPrincipal(EXISTING) });
      world.store.table.grantReadData(lent);
    },
    says: '[Shop/Browse/Reader] of the service "browse" (Shop/Browse), by the role Shop/Catalog/Lent, reaches',
  },
  {
    name: 'a role that trusts one that exists already, which a function has',
    make: (world, at) => {
      having(existing(world.stack), at);
      const lent = new iam.Role(world.owner, 'Lent', { assumedBy: new iam.ArnPrincipal(EXISTING) });
      world.store.table.grantReadData(lent);
    },
    says: '[Shop/Browse/Reader] of the service "browse" (Shop/Browse), by the role Shop/Catalog/Lent, reaches',
  },
];

describe.each<{ where: string; env: StackProps['env'] }>([
  { where: 'in whatever account', env: undefined },
  { where: 'in an account that is known', env: ENV },
])('$where, of the owner and not of another service is', ({ env }) => {
  it.each(designs)('$name', ({ make, says }) => {
    const [wrong, right] = [twoServices({ env }), twoServices({ env })];
    make(wrong, wrong.other);
    make(right, right.owner);
    expect(complaints(wrong).join('\n')).toContain(says);
    expect(complaints(right)).toEqual([]);
  });
});

describe('whom a role trusts by an ARN acts by it:', () => {
  const lend = (world: TwoServices, assumedBy: iam.IPrincipal): string[] => {
    world.store.table.grantReadData(new iam.Role(world.owner, 'Lent', { assumedBy }));
    return complaints(world);
  };

  it.each([
    { name: 'a role of elsewhere', assumedBy: new iam.ArnPrincipal(PARTNER), who: PARTNER },
    {
      name: 'another account',
      assumedBy: new iam.AccountPrincipal('210987654321'),
      who: 'everybody (arn:*:iam::210987654321:root)',
    },
    { name: 'everybody', assumedBy: new iam.AnyPrincipal(), who: 'everybody (*)' },
  ])('$name', ({ assumedBy, who }) => {
    for (const env of [undefined, ENV]) {
      const world = twoServices({ env });
      const [found = '', ...more] = lend(world, assumedBy);
      expect(more).toEqual([]);
      expect(found).toContain(
        `[Shop/Catalog/Lent] lets in ${who}, which reaches the table Shop/Catalog/Products/Table`,
      );
      const [, principalArn] = /principalArn: '([^']+)'/.exec(found) ?? [];
      Boundary.of(world.store).allow({ principalArn, reason: 'the partner reads all prices' });
      expect(complaints(world)).toEqual([]);
    }
  });

  it.each([
    { name: 'the account itself, which leaves it to the policies of roles', assumedBy: new iam.AccountRootPrincipal() },
    { name: 'the account itself, by its number', assumedBy: new iam.AccountPrincipal(ENV.account) },
    { name: 'a service of AWS', assumedBy: byLambda() },
  ])('but not $name', ({ assumedBy }) => {
    expect(lend(twoServices({ env: ENV }), assumedBy)).toEqual([]);
  });

  it('but not where the role reaches nothing', () => {
    const world = twoServices();
    new iam.Role(world.owner, 'Monitor', { assumedBy: new iam.ArnPrincipal(PARTNER) });
    expect(complaints(world)).toEqual([]);
  });
});

describe('a role that exists already', () => {
  it('is found where functions of both services have it', () => {
    const world = twoServices({ env: ENV });
    having(existing(world.other), world.other);
    world.store.table.grantReadData(having(existing(world.owner), world.owner));
    expect(complaints(world)).toEqual([
      expect.stringContaining('[Shop/Browse/Reader] of the service "browse" (Shop/Browse) reaches the table'),
    ]);
  });

  it('is another one in another account', () => {
    const world = twoServices({ env: ENV });
    having(iam.Role.fromRoleArn(world.other, 'Far', EXISTING.replace(ENV.account, '210987654321')), world.other);
    world.store.table.grantReadData(having(existing(world.owner), world.owner));
    expect(complaints(world)).toEqual([]);
  });

  it('belongs to nobody where nobody has it and no service imports it', () => {
    const world = twoServices({ env: ENV });
    world.store.table.grantReadData(existing(world.stack));
    expect(complaints(world).join('\n')).toContain('belongs to no service and reaches the table');
  });

  it('is not made by being looked at', () => {
    const world = twoServices();
    const lazy = new iam.LazyRole(world.owner, 'Lazy', { assumedBy: byLambda() });
    letIn(new s3.Bucket(world.owner, 'Files'), new iam.ArnPrincipal(PARTNER));
    complaints(world);
    expect(lazy.node.children).toEqual([]);
  });
});
