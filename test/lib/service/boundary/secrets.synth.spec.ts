import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { SecretValue } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { PostgresStore } from '../../../../lib/index.js';
import { CLUSTER_ARN, SECRET_ARN } from '../../support/shop.js';
import { complaints, twoServices, type TwoServices } from '../../support/two-services.js';
import { check, type Violation } from './violation.js';

const named = (world: TwoServices) => new secretsmanager.Secret(world.owner, 'Secret', { secretName: 'catalog/db' });
const valueOf = (id: string): string => SecretValue.secretsManager(id, { jsonField: 'password' }).unsafeUnwrap();
const target = 'Shop/Catalog/Secret';

function instance(world: TwoServices, at: Construct, secret: string): ec2.Instance {
  const userData = ec2.UserData.forLinux();
  userData.addCommands(`PGPASSWORD='${secret}' ./report`);
  return new ec2.Instance(at, 'Report', {
    vpc: new ec2.Vpc(world.stack, 'Vpc', { natGateways: 0, maxAzs: 2 }),
    vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
    instanceType: new ec2.InstanceType('t4g.micro'),
    machineImage: ec2.MachineImage.genericLinux({ 'eu-west-1': 'ami-0123456789abcdef0' }),
    userData,
  });
}

/** CloudFormation puts these values in by itself: no permission of the one who has them says so. */
const violations: Violation[] = [
  {
    name: 'by its name',
    make: (world, at) => {
      named(world);
      world.fn(at).addEnvironment('PASSWORD', valueOf('catalog/db'));
    },
    says: ['the value of catalog/db in environment.variables.PASSWORD of AWS::Lambda::Function'],
    target,
  },
  {
    name: 'by its ARN',
    make: (world, at) => {
      named(world);
      const arn = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:catalog/db-AbCdEf';
      world.fn(at).addEnvironment('PASSWORD', valueOf(arn));
    },
    says: ['the value of arn:aws:secretsmanager:eu-west-1:123456789012:secret:catalog/db-AbCdEf'],
    target,
  },
  {
    name: 'by its ARN without the end that Secrets Manager gives it',
    make: (world, at) => {
      named(world);
      world
        .fn(at)
        .addEnvironment('PASSWORD', valueOf('arn:aws:secretsmanager:eu-west-1:123456789012:secret:catalog/db'));
    },
    says: ['PASSWORD of AWS::Lambda::Function'],
    target,
  },
  {
    name: 'by the ARN of one that exists already',
    make: (world, at) => {
      const existing = { clusterArn: CLUSTER_ARN, secretArn: SECRET_ARN, databaseName: 'orders' };
      PostgresStore.fromDataApi(world.owner, 'Orders', existing);
      world.fn(at).addEnvironment('PASSWORD', valueOf(SECRET_ARN));
    },
    says: [`the value of ${SECRET_ARN}`],
    target: 'Shop/Catalog/Orders',
  },
  {
    name: 'in what an instance runs at its start',
    make: (world, at) => instance(world, at, named(world).secretValue.unsafeUnwrap()),
    says: ['UserData of AWS::EC2::Instance'],
    target,
  },
  {
    name: 'in the code of a function',
    make: (world, at) =>
      new lambda.Function(at, 'Report', {
        runtime: lambda.Runtime.NODEJS_22_X,
        handler: 'index.handler',
        code: lambda.Code.fromInline(`exports.password = '${named(world).secretValue.unsafeUnwrap()}';`),
      }),
    says: ['Code.ZipFile of AWS::Lambda::Function'],
    target,
  },
  {
    name: 'in a parameter of Systems Manager',
    make: (world, at) => new ssm.StringParameter(at, 'Copy', { stringValue: named(world).secretValue.unsafeUnwrap() }),
    says: ['the value of the secret in value of AWS::SSM::Parameter'],
    target,
  },
];

describe("a secret's value is found at another service:", () => {
  it.each(violations)('$name', check);

  it('but not that of a secret with a longer name, or of another app', () => {
    const world = twoServices();
    named(world);
    const fn = world.fn(world.other);
    fn.addEnvironment('OTHER', valueOf('catalog/db-archive'));
    fn.addEnvironment('FOREIGN', valueOf('billing/db'));
    expect(complaints(world)).toEqual([]);
  });
});
