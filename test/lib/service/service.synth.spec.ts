import * as events from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { DomainEvents, Service } from '../../../lib/index.js';
import { findingsOf, newStack, Synthesised } from '../support/synthesis.js';

describe('a service', () => {
  it('is named after its construct id', () => {
    const stack = newStack();
    const bus = new DomainEvents(stack, 'Events');
    expect(new Service(stack, 'OrderDesk', { events: bus }).serviceName).toBe('order-desk');
  });

  it('has the name that it is given', () => {
    const stack = newStack();
    const service = new Service(stack, 'Catalog', { events: new DomainEvents(stack, 'Events'), serviceName: 'shelf' });
    expect(service.serviceName).toBe('shelf');
  });

  it('owns what is below it, however deep', () => {
    const stack = newStack();
    const service = new Service(stack, 'Catalog', { events: new DomainEvents(stack, 'Events') });
    const below = new Construct(new Construct(service, 'Group'), 'Thing');
    expect(Service.of(below)).toBe(service);
    expect(Service.of(service)).toBe(service);
  });

  it('is the nearest one where services are nested', () => {
    const stack = newStack();
    const bus = new DomainEvents(stack, 'Events');
    const outer = new Service(stack, 'Outer', { events: bus });
    const inner = new Service(outer, 'Inner', { events: bus });
    expect(Service.of(new Construct(inner, 'Thing'))).toBe(inner);
  });

  it('is asked for by path and with the mend where there is none', () => {
    const thing = new Construct(newStack(), 'Thing');
    expect(() => Service.of(thing)).toThrow(/^Shop\/Thing has no service above it.*new Service\(this, 'Catalog'/);
  });

  it('may not have the name of another on its bus', () => {
    const stack = newStack();
    const bus = new DomainEvents(stack, 'Events');
    new Service(stack, 'Catalog', { events: bus });
    new Service(stack, 'Second', { events: bus, serviceName: 'catalog' });
    expect(findingsOf(stack)).toContain(
      '[Shop/Second] the service name is "catalog", which Shop/Catalog has on the same bus',
    );
  });

  it('may have the name of one on another bus', () => {
    const stack = newStack();
    new Service(stack, 'A', { events: new DomainEvents(stack, 'Events'), serviceName: 'catalog' });
    new Service(stack, 'B', { events: new DomainEvents(stack, 'OtherEvents'), serviceName: 'catalog' });
    expect(findingsOf(stack)).toBe('');
  });

  it('is told what a name may look like', () => {
    const stack = newStack();
    new Service(stack, 'Catalog', { events: new DomainEvents(stack, 'Events'), serviceName: 'The Catalog' });
    expect(findingsOf(stack)).toContain(
      '[Shop/Catalog] the service name is "The Catalog"; allowed: a lower-case letter',
    );
  });
});

describe('domain events', () => {
  it('have a bus of their own', () => {
    const stack = newStack();
    new DomainEvents(stack, 'Events');
    new Synthesised(stack).template.resourceCountIs('AWS::Events::EventBus', 1);
  });

  it('use the bus that they are given', () => {
    const stack = newStack();
    const eventBus = events.EventBus.fromEventBusName(stack, 'Existing', 'company');
    expect(new DomainEvents(stack, 'Events', { eventBus }).eventBus).toBe(eventBus);
    new Synthesised(stack).template.resourceCountIs('AWS::Events::EventBus', 0);
  });
});
