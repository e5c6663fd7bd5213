import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { App, Stack, Tags } from 'aws-cdk-lib/core';
import { describe, expect, it } from 'vitest';
import { Boundary, DomainEvents, DynamoDbStore, Service } from '../../../../lib/index.js';
import { newHandler, temporaryFolder } from '../../support/synthesis.js';
import { complaints } from '../../support/two-services.js';

const TAG = 'cdk-database-patterns:service';

/** A service on a bus that other apps meet, whose tables let in nobody without its tag. */
function closedService() {
  const app = new App({ outdir: temporaryFolder() });
  const stack = new Stack(app, 'Shop');
  const events = new DomainEvents(stack, 'Events', { busName: 'company' });
  const owner = new Service(stack, 'Catalog', { events });
  const other = new Service(stack, 'Browse', { events });
  const { table } = new DynamoDbStore(owner, 'Products', { partitionKey: 'id' });
  return { app, stack, owner, other, table };
}

type World = ReturnType<typeof closedService>;

/** A role that only a function of the owner has. */
function roleBeside({ stack, owner, table }: World): iam.Role {
  const role = new iam.Role(stack, 'Beside', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  table.grantReadData(role);
  new lambda.Function(owner, 'Reader', {
    runtime: lambda.Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline('exports.handler = async () => ({});'),
    role,
  });
  return role;
}

/** A function of another service that is let in. */
function letIn({ other, table }: World, action: string): lambda.Function {
  const fn = newHandler(other, 'Audit');
  table.grant(fn, action);
  Boundary.of(table).allow({ principal: fn, reason: 'the yearly audit reads all prices' });
  return fn;
}

describe('whoever may reach a closed table and would be refused by it is told', () => {
  it.each<{ name: string; make: (world: World) => unknown; says: string }>([
    {
      name: 'a role beside the service that only its functions have',
      make: roleBeside,
      says: `Tags.of(<Shop/Beside>).add('${TAG}', 'catalog')`,
    },
    {
      name: 'a role that exists already',
      make: ({ owner, table }) =>
        table.grantReadData(iam.Role.fromRoleName(owner, 'Existing', 'readers', { defaultPolicyName: 'Reads' })),
      says: 'may reach the table Shop/Catalog/Products/Table of the service "catalog" (Shop/Catalog)',
    },
    {
      name: 'somebody of another service who is listed',
      make: (world) => letIn(world, 'dynamodb:Scan'),
      says: `[Shop/Browse/Audit] may reach the table Shop/Catalog/Products/Table`,
    },
  ])('$name', ({ make, says }) => {
    const world = closedService();
    make(world);
    expect(complaints(world)).toEqual([expect.stringContaining(says)]);
    expect(complaints(world).join()).toContain(
      `and will be refused: on a bus with a name it lets in roles with the tag`,
    );
  });

  it.each<{ name: string; make: (world: World) => unknown }>([
    { name: 'a role of the service', make: ({ owner, table }) => table.grantReadWriteData(newHandler(owner)) },
    { name: 'a role with the tag', make: (world) => Tags.of(roleBeside(world)).add(TAG, 'catalog') },
    { name: 'somebody who backs up', make: (world) => letIn(world, 'dynamodb:CreateBackup') },
  ])('but not $name', ({ make }) => {
    const world = closedService();
    make(world);
    expect(complaints(world)).toEqual([]);
  });
});
