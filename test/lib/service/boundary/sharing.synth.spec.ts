import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as rds from 'aws-cdk-lib/aws-rds';
import type { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import {
  Boundary,
  type IPostgresStore,
  Service,
  SharedDatabase,
  SingleDatabase,
  StoreAccess,
} from '../../../../lib/index.js';
import { CLUSTER_ARN, SECRET_ARN } from '../../support/shop.js';
import { complaints, twoServices, type TwoServices } from '../../support/two-services.js';

const existing = { clusterArn: CLUSTER_ARN, secretArn: SECRET_ARN, databaseName: 'shop' };
const sharing = { reason: 'billing joins orders with customers', until: '2999-12-31' };

interface Shared {
  readonly clusterArn: string;
  readonly secretArn: string;
  readonly part: (scope: Construct, id: string) => IPostgresStore;
}

/** The ways in which a cluster comes to be shared. */
const databases: { name: string; share: (world: TwoServices, id?: string) => Shared }[] = [
  {
    name: 'a single database',
    share: ({ stack }) => {
      const database = new SingleDatabase(stack, 'Database');
      const cluster = database.node.findChild('Aurora').node.findChild('Cluster').node.defaultChild as rds.CfnDBCluster;
      return {
        clusterArn: database.cluster.clusterArn,
        secretArn: cluster.attrMasterUserSecretSecretArn,
        part: (scope, id) => database.module(scope, id),
      };
    },
  },
  {
    name: 'a single database that exists already',
    share: ({ stack }, id = 'Database') => {
      const database = SingleDatabase.fromDataApi(stack, id, existing);
      return { ...existing, part: (scope, part) => database.module(scope, part) };
    },
  },
  {
    name: 'a shared database',
    share: ({ stack }, id = 'Database') => {
      const database = new SharedDatabase(stack, id, { ...existing, ...sharing });
      return { ...existing, part: (scope, part) => database.storeFor(scope, part) };
    },
  },
  {
    name: 'a single database over a cluster of the stack',
    share: ({ stack }) => {
      const cluster = new rds.DatabaseCluster(stack, 'Cluster', {
        engine: rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_17_7 }),
        writer: rds.ClusterInstance.serverlessV2('Writer'),
        enableDataApi: true,
        vpc: new ec2.Vpc(stack, 'Vpc', { natGateways: 0, maxAzs: 2 }),
        vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      });
      const { clusterArn } = cluster;
      const secretArn = cluster.secret?.secretArn ?? '';
      const database = SingleDatabase.fromDataApi(stack, 'Database', { clusterArn, secretArn, databaseName: 'shop' });
      return { clusterArn, secretArn, part: (scope, id) => database.module(scope, id) };
    },
  },
];

/** Both services have their parts, and use them. */
function shared(share: (world: TwoServices) => Shared): TwoServices & Shared {
  const world = twoServices();
  const database = share(world);
  for (const service of [world.owner, world.other]) {
    database.part(service, 'Part').wire(world.fn(service), StoreAccess.READ_WRITE);
  }
  return { ...world, ...database };
}

const may = (fn: { addToRolePolicy: (statement: iam.PolicyStatement) => void }, action: string, resource: string) =>
  fn.addToRolePolicy(new iam.PolicyStatement({ actions: [action], resources: [resource] }));

describe.each(databases)('the cluster of $name', ({ share }) => {
  it('is for the services that have a part of it', () => {
    const world = shared(share);
    may(world.fn(world.owner, 'Report'), 'rds-data:ExecuteStatement', world.clusterArn);
    world.fn(world.owner, 'Named').addEnvironment('CLUSTER', world.clusterArn);
    expect(complaints(world)).toEqual([]);
  });

  it.each<{ name: string; make: (world: TwoServices & Shared, at: Construct) => unknown }>([
    {
      name: 'a permission',
      make: (world, at) => may(world.fn(at, 'Late'), 'rds-data:ExecuteStatement', world.clusterArn),
    },
    { name: 'a wildcard', make: (world, at) => may(world.fn(at, 'Late'), 'rds-data:*', '*') },
    { name: 'a variable', make: (world, at) => world.fn(at, 'Late').addEnvironment('CLUSTER', world.clusterArn) },
  ])('is not for a third one, nor for who belongs to no service: $name', ({ make }) => {
    const world = shared(share);
    make(world, new Service(world.stack, 'Third', { events: world.events }));
    make(world, world.stack);
    const text = complaints(world).join('\n');
    expect(text).toContain('[Shop/Third/Late] of the service "third" (Shop/Third)');
    expect(text).toContain('[Shop/Late] belongs to no service and');
    expect(text).toContain('that Shop/Catalog, Shop/Browse share');
  });

  it("keeps its master's secret for itself", () => {
    const world = shared(share);
    may(world.fn(world.owner, 'Late'), 'secretsmanager:Get*', world.secretArn);
    may(world.fn(world.stack, 'Late'), 'secretsmanager:GetSecretValue', world.secretArn);
    const says = "the master's secret is for what is below the database itself";
    expect(complaints(world)).toEqual([expect.stringContaining(says), expect.stringContaining(says)]);
  });

  it('is for who is listed', () => {
    const world = shared(share);
    const principal = world.fn(world.stack, 'Audit');
    may(principal, 'rds-data:ExecuteStatement', world.clusterArn);
    const [found = ''] = complaints(world);
    const [, store = ''] = /Boundary\.of\(<([^>]+)>\)/.exec(found) ?? [];
    const construct = world.app.node.findAll().find(({ node }) => node.path === store);
    if (construct === undefined) throw new Error(found);
    Boundary.of(construct).allow({ principal, reason: 'the yearly audit reads all orders' });
    expect(complaints(world)).toEqual([]);
  });
});

describe('two databases of one cluster', () => {
  it.each(databases.slice(1, 3))('are each for the services that have a part of one: $name', ({ share }) => {
    const world = twoServices();
    share(world, 'One').part(world.owner, 'Part').wire(world.fn(world.owner), StoreAccess.READ);
    share(world, 'Two').part(world.other, 'Part').wire(world.fn(world.other), StoreAccess.READ);
    expect(complaints(world)).toEqual([]);
  });
});
