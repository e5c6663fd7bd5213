import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import { CfnResource } from 'aws-cdk-lib/core';
import { describe, expect, it } from 'vitest';
import { Boundary } from '../../../../lib/index.js';
import { complaints, twoServices, type TwoServices } from '../../support/two-services.js';

const put = (world: TwoServices, props: iam.PolicyStatementProps) =>
  world.fn(world.other).addToRolePolicy(
    new iam.PolicyStatement({
      actions: ['events:PutEvents'],
      ...(props.notResources === undefined ? { resources: [world.events.eventBus.eventBusArn] } : {}),
      ...props,
    }),
  );
const bus = ({ events: { eventBus } }: TwoServices): events.EventBus => {
  if (!(eventBus instanceof events.EventBus)) throw new Error('no bus of its own');
  return eventBus;
};
/** The name that the CDK gives the bus. */
const named = (world: TwoServices): string => {
  const name: unknown = world.stack.resolve(Reflect.get(bus(world).node.defaultChild ?? {}, 'name'));
  if (typeof name !== 'string') throw new Error('no name');
  return name;
};
/** Lets somebody publish by the policy of the bus itself. */
const letIn = (world: TwoServices, principal: iam.IPrincipal, source?: string) =>
  bus(world).addToResourcePolicy(
    new iam.PolicyStatement({
      sid: 'Partner',
      principals: [principal],
      actions: ['events:PutEvents'],
      resources: [world.events.eventBus.eventBusArn],
      ...(source === undefined ? {} : { conditions: { StringEquals: { 'events:source': source } } }),
    }),
  );
const theirs = (world: TwoServices) => new iam.ArnPrincipal(world.fn(world.other).role?.roleArn ?? '');
const PARTNER = 'arn:aws:iam::210987654321:role/partner';
const FUNCTION = '[Shop/Browse/Reader] of the service "browse" (Shop/Browse) may publish as any service';

describe('a publisher is found that may publish as any service', () => {
  it.each<{ name: string; make: (world: TwoServices) => unknown; says?: string }>([
    { name: 'by an action with a wildcard', make: (world) => put(world, { actions: ['events:PutEv*'] }) },
    { name: 'by all resources but some', make: (world) => put(world, { notResources: ['arn:aws:s3:::x'] }) },
    {
      name: 'by a condition that one event of a batch fulfils for all',
      make: (world) => put(world, { conditions: { 'ForAnyValue:StringEquals': { 'events:source': 'browse' } } }),
    },
    {
      name: 'by the name of the bus',
      make: (world) =>
        events.EventBus.fromEventBusName(world.other, 'Named', named(world)).grantPutEventsTo(world.fn(world.other)),
    },
    {
      name: 'by the beginning of the name of the bus',
      make: (world) => put(world, { resources: [`arn:aws:events:*:*:event-bus/${named(world).slice(0, 6)}*`] }),
    },
    { name: 'by the policy of the bus', make: (world) => letIn(world, theirs(world)) },
    {
      name: 'by the policy of the bus, as another service',
      make: (world) => letIn(world, theirs(world), 'catalog'),
    },
    {
      name: 'by the policy of the bus, from elsewhere',
      make: (world) => letIn(world, new iam.ArnPrincipal(PARTNER)),
      says: `lets in ${PARTNER}, which may publish as any service`,
    },
    {
      name: 'by an L1 policy of the bus, from all of an account',
      make: (world) =>
        new CfnResource(world.stack, 'Policy', {
          type: 'AWS::Events::EventBusPolicy',
          properties: {
            EventBusName: world.events.eventBus.eventBusName,
            StatementId: 'partner',
            Action: 'events:PutEvents',
            Principal: '210987654321',
          },
        }),
      says: '[Shop/Policy] lets in everybody (210987654321), which may publish as any service',
    },
  ])('$name', ({ make, says = FUNCTION }) => {
    const world = twoServices();
    make(world);
    expect(complaints(world)).toEqual([expect.stringContaining(says)]);
  });

  it.each<{ name: string; make: (world: TwoServices) => unknown }>([
    {
      name: 'publishes on buses that are none of the services',
      make: (world) =>
        put(world, { resources: ['audit', 'audit-*'].map((name) => `arn:aws:events:*:*:event-bus/${name}`) }),
    },
    {
      name: 'publishes as itself',
      make: (world) => put(world, { conditions: { 'ForAllValues:StringEquals': { 'events:source': 'browse' } } }),
    },
    { name: 'is let in by the bus to publish as itself', make: (world) => letIn(world, theirs(world), 'browse') },
    {
      name: 'is of elsewhere and publishes under a name that no service here has',
      make: (world) => letIn(world, new iam.ArnPrincipal(PARTNER), 'partner'),
    },
    {
      name: 'is listed as the message says',
      make: (world) => {
        letIn(world, new iam.ArnPrincipal(PARTNER));
        Boundary.of(bus(world)).allow({ principalArn: PARTNER, reason: 'the partner replays our own events' });
      },
    },
  ])('but not one that $name', ({ make }) => {
    const world = twoServices();
    make(world);
    expect(complaints(world)).toEqual([]);
  });
});
