import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as efs from 'aws-cdk-lib/aws-efs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { CfnParameter, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { PostgresStore, Service } from '../../../../lib/index.js';
import { SECRET_ARN } from '../../support/shop.js';
import { complaints, twoServices, type TwoServices } from '../../support/two-services.js';

const env = { region: 'eu-west-1', account: '123456789012' };
const KEY = 'arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';

const may = ({ fn }: TwoServices, at: Construct, action: string, resource: string) =>
  fn(at, `May${action.replace(':', '')}`).addToRolePolicy(
    new iam.PolicyStatement({ actions: [action], resources: [resource] }),
  );

/** Synthesises as the CDK does: what is missing is looked up, and the app made anew. */
function lookedUp(
  make: (world: TwoServices) => unknown,
  answer: (props: Readonly<Record<string, unknown>>) => unknown,
): string[] {
  const first = twoServices({ env });
  make(first);
  const { missing = [] } = first.app.synth().manifest;
  expect(missing.length).toBeGreaterThan(0);
  const context = Object.fromEntries(missing.map(({ key, props }) => [key, answer({ ...props })]));
  const second = twoServices({ env, context });
  make(second);
  return complaints(second);
}

/** The network exists, and belongs to nobody. */
const network = (at: Service): { vpc: ec2.IVpc; vpcSubnets: ec2.SubnetSelection } => ({
  vpc: ec2.Vpc.fromVpcAttributes(at, 'Vpc', {
    vpcId: 'vpc-0123456789',
    availabilityZones: ['eu-west-1a', 'eu-west-1b'],
    isolatedSubnetIds: ['subnet-0', 'subnet-1'],
  }),
  vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
});

function databaseIn(service: Service, group?: string): void {
  const { vpc, vpcSubnets } = network(service);
  const securityGroups =
    group === undefined ? undefined : [ec2.SecurityGroup.fromLookupByName(service, 'Group', group, vpc)];
  new rds.DatabaseCluster(service, 'Database', {
    engine: rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_17_7 }),
    writer: rds.ClusterInstance.serverlessV2('Writer'),
    vpc,
    vpcSubnets,
    securityGroups,
  });
}

function functionIn(service: Service, group: string): void {
  const { vpc, vpcSubnets } = network(service);
  new lambda.Function(service, 'Reader', {
    runtime: lambda.Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline('exports.handler = async () => ({});'),
    vpc,
    vpcSubnets,
    securityGroups: [ec2.SecurityGroup.fromLookupByName(service, 'Group', group, vpc)],
  });
}

const groups = ({ securityGroupName }: Readonly<Record<string, unknown>>): unknown => ({
  securityGroupId: `sg-0${String(securityGroupName).length}`,
  allowAllOutbound: true,
});

describe('what is looked up', () => {
  it('passes where it is of two services, also while one value stands for all', () => {
    expect(
      lookedUp(({ owner, other }) => {
        databaseIn(owner, 'database');
        functionIn(other, 'reader');
      }, groups),
    ).toEqual([]);
  });

  it('is found where it turns out to be the same: a security group', () => {
    expect(
      lookedUp(({ owner, other }) => {
        databaseIn(owner, 'all');
        functionIn(other, 'all');
      }, groups),
    ).toEqual([
      expect.stringContaining(
        '[Shop/Browse/Reader] of the service "browse" (Shop/Browse) reaches the database Shop/Catalog/Database of the service "catalog" (Shop/Catalog): the security group sg-03, which both are in',
      ),
    ]);
  });

  it('passes where two services use databases of their own', () => {
    const identifiers: unknown[] = [];
    const found = lookedUp(
      (world) => {
        for (const service of [world.owner, world.other]) {
          const clusterIdentifier = service.node.id.toLowerCase();
          const { clusterArn } = rds.DatabaseCluster.fromLookup(service, 'Existing', { clusterIdentifier });
          PostgresStore.fromDataApi(service, 'Store', {
            clusterArn,
            secretArn: SECRET_ARN.replace(/[^:]+$/, `${clusterIdentifier}-AbCdEf`),
            databaseName: 'shop',
          });
        }
      },
      ({ exactIdentifier }) => {
        identifiers.push(exactIdentifier);
        return [cluster(String(exactIdentifier))];
      },
    );
    expect(identifiers).toEqual(['catalog', 'browse']);
    expect(found).toEqual([]);
  });

  it('is found where one service uses the database that is of another one', () => {
    expect(
      lookedUp(
        (world) => {
          const existing = (at: Service) =>
            rds.DatabaseCluster.fromLookup(at, 'Existing', { clusterIdentifier: 'orders' }).clusterArn;
          const clusterArn = existing(world.owner);
          PostgresStore.fromDataApi(world.owner, 'Orders', {
            clusterArn,
            secretArn: SECRET_ARN,
            databaseName: 'shop',
          });
          may(world, world.other, 'rds-data:ExecuteStatement', existing(world.other));
        },
        ({ exactIdentifier }) => [cluster(String(exactIdentifier))],
      ),
    ).toEqual([expect.stringContaining('reaches the database Shop/Catalog/Orders')]);
  });

  it('passes: a key that belongs to nobody here, beside keys that are made', () => {
    expect(
      lookedUp(
        ({ owner, other, fn }) => {
          new kms.Key(owner, 'Key');
          kms.Key.fromLookup(other, 'Company', { aliasName: 'alias/company' }).grantDecrypt(fn(other));
        },
        () => ({ keyId: '1234abcd-12ab-34cd-56ef-1234567890ab' }),
      ),
    ).toEqual([]);
  });

  it('is found: the ARN in a parameter, of the table of another service', () => {
    expect(
      lookedUp(
        (world) => {
          world.table(world.owner, 'Prices', { tableName: 'prices' });
          may(world, world.other, 'dynamodb:Query', ssm.StringParameter.valueFromLookup(world.other, '/shop/table'));
        },
        () => 'arn:aws:dynamodb:eu-west-1:123456789012:table/prices',
      ),
    ).toEqual([expect.stringContaining('reaches the table Shop/Catalog/Prices')]);
  });

  it('is of whose function has it: a role', () => {
    const shared = (at: Service, { table }: TwoServices, id: string): void => {
      const role = iam.Role.fromLookup(at, 'Existing', { roleName: 'app' });
      table(at, id).grantReadData(
        new lambda.Function(at, 'Reader', {
          runtime: lambda.Runtime.NODEJS_22_X,
          handler: 'index.handler',
          code: lambda.Code.fromInline('exports.handler = async () => ({});'),
          role,
        }),
      );
    };
    const answer = ({ exactIdentifier }: Readonly<Record<string, unknown>>): unknown => [
      { Arn: `arn:aws:iam::123456789012:role/${String(exactIdentifier)}` },
    ];
    expect(lookedUp((world) => shared(world.owner, world, 'Mine'), answer)).toEqual([]);
    expect(
      lookedUp((world) => {
        shared(world.owner, world, 'Mine');
        shared(world.other, world, 'Theirs');
      }, answer),
    ).toEqual([
      expect.stringContaining(
        '[Shop/Catalog/Reader] of the service "catalog" (Shop/Catalog) reaches the table Shop/Browse',
      ),
      expect.stringContaining(
        '[Shop/Browse/Reader] of the service "browse" (Shop/Browse) reaches the table Shop/Catalog',
      ),
    ]);
  });

  it('does not hide what is wrong beside it: a network is still to be looked up', () => {
    const world = twoServices({ env });
    ec2.Vpc.fromLookup(world.stack, 'Existing', { vpcId: 'vpc-1' });
    world.store.table.grantReadData(world.fn(world.other));
    expect(complaints(world)).toHaveLength(1);
  });
});

/** A cluster as the API of RDS answers. */
function cluster(id: string): unknown {
  return {
    DBClusterArn: `arn:aws:rds:eu-west-1:123456789012:cluster:${id}`,
    DBClusterIdentifier: id,
    DbClusterResourceId: `cluster-${id.toUpperCase()}`,
    'Endpoint.Address': 'writer',
    'Endpoint.Port': '5432',
    'ReadEndpoint.Address': 'reader',
    VpcSecurityGroupIds: [`sg-0${id.length}`],
    Engine: 'aurora-postgresql',
    EngineVersion: '17.7',
  };
}

describe('a single thing that exists already is not taken for what AWS gives an id or a name:', () => {
  it.each<{ name: string; make: (world: TwoServices) => unknown }>([
    {
      name: 'a key',
      make: ({ owner, other, fn }) => {
        new kms.Key(owner, 'Key');
        kms.Key.fromKeyArn(other, 'Company', KEY).grantDecrypt(fn(other));
      },
    },
    {
      name: 'a file system',
      make: (world) => {
        new efs.CfnFileSystem(world.owner, 'Files');
        const arn = 'arn:aws:elasticfilesystem:eu-west-1:123456789012:file-system/fs-0123456789';
        may(world, world.other, 'elasticfilesystem:ClientWrite', arn);
      },
    },
    {
      name: 'a user of a database',
      make: (world) => {
        databaseIn(world.owner);
        may(world, world.other, 'rds-db:connect', 'arn:aws:rds-db:eu-west-1:123456789012:dbuser:db-ABC/reader');
      },
    },
    {
      name: 'a table, where the name of another one is said at the deployment',
      make: (world) => {
        const tableName = new CfnParameter(world.stack, 'Name').valueAsString;
        world.table(world.owner, 'Prices', { tableName });
        may(world, world.other, 'dynamodb:Query', 'arn:aws:dynamodb:eu-west-1:123456789012:table/audit');
      },
    },
  ])('$name', ({ make }) => {
    const world = twoServices({ env });
    make(world);
    expect(complaints(world)).toEqual([]);
  });
});

describe('a key across stacks', () => {
  const far = (at: Construct): Stack => new Stack(at, 'Far', { env });

  it.each<{ name: string; make: (world: TwoServices, at: Construct) => unknown; target: string }>([
    {
      name: 'is granted to a function in another stack',
      make: ({ owner, fn }, at) => new kms.Key(owner, 'Key').grantDecrypt(fn(far(at))),
      target: 'Shop/Catalog/Key',
    },
    {
      name: 'stands in another stack itself',
      make: ({ owner, fn }, at) => new kms.Key(far(owner), 'Key').grantDecrypt(fn(at)),
      target: 'Shop/Catalog/Far/Key',
    },
    {
      name: 'encrypts a table in another stack',
      make: ({ owner, table }, at) => table(far(at), 'Locked', { encryptionKey: new kms.Key(owner, 'Key') }),
      target: 'Shop/Catalog/Key',
    },
  ])('$name', ({ make, target }) => {
    const [wrong, right] = [twoServices({ env }), twoServices({ env })];
    make(wrong, wrong.other);
    make(right, right.owner);
    expect(complaints(wrong)).toEqual([
      expect.stringContaining(
        `of the service "browse" (Shop/Browse) reaches the key ${target} of the service "catalog"`,
      ),
    ]);
    expect(complaints(right)).toEqual([]);
  });

  it('passes where it belongs to nobody and services of several stacks use it', () => {
    const world = twoServices({ env });
    const encryptionKey = new kms.Key(new Stack(world.app, 'Keys', { env }), 'Key');
    const third = new Service(new Stack(world.app, 'Third', { env }), 'Third', { events: world.events });
    for (const service of [world.owner, third]) {
      world.table(service, 'Locked', { encryptionKey }).grantReadWriteData(world.fn(service));
    }
    expect(complaints(world)).toEqual([]);
  });
});
