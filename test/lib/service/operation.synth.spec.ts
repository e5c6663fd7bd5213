import * as iam from 'aws-cdk-lib/aws-iam';
import { describe, expect, it } from 'vitest';
import { DomainEvents, Service } from '../../../lib/index.js';
import { findingsOf, newHandler, newStack, Synthesised } from '../support/synthesis.js';

function newServices() {
  const stack = newStack();
  const events = new DomainEvents(stack, 'Events');
  const inventory = new Service(stack, 'Inventory', { events });
  const orderDesk = new Service(stack, 'OrderDesk', { events });
  return { stack, events, inventory, orderDesk };
}

describe('an operation', () => {
  it('is called through an alias, by whom it was given to and by nobody else', () => {
    const { stack, inventory, orderDesk } = newServices();
    const [reserveFn, given] = [newHandler(inventory, 'Reserve'), newHandler(orderDesk, 'Given')];
    const other = newHandler(orderDesk, 'Other');
    const reserve = inventory.operation('Reserve', reserveFn);
    reserve.wire(given);
    const synthesised = new Synthesised(stack);
    const alias = synthesised.idOf(reserve.alias);
    expect(synthesised.allowed(given)).toEqual([`lambda:InvokeFunction <${alias}>`]);
    expect(synthesised.allowed(other)).toEqual([]);
    expect(synthesised.propertiesOf(reserve.alias)).toMatchObject({
      Name: 'live',
      FunctionName: { Ref: synthesised.idOf(reserve.handler) },
    });
    synthesised.template.resourceCountIs('AWS::Lambda::Permission', 0);
  });

  it('is found by its caller, and its function knows what it is', () => {
    const { stack, inventory, orderDesk } = newServices();
    const reserve = inventory.operation('ReserveUnits', newHandler(inventory));
    const fn = newHandler(orderDesk);
    reserve.wire(fn);
    const synthesised = new Synthesised(stack);
    expect(synthesised.variable(fn, 'DBPATTERNS_OPERATION_INVENTORY__RESERVE_UNITS')).toEqual({
      service: 'inventory',
      name: 'ReserveUnits',
      function: `<${synthesised.idOf(reserve.alias)}>`,
    });
    expect(synthesised.variable(reserve.handler, 'DBPATTERNS_OPERATION')).toEqual({
      service: 'inventory',
      name: 'ReserveUnits',
    });
  });

  it('may be given twice to the same function', () => {
    const { stack, inventory, orderDesk } = newServices();
    const reserve = inventory.operation('Reserve', newHandler(inventory));
    const fn = newHandler(orderDesk);
    reserve.wire(fn);
    reserve.wire(fn);
    expect(new Synthesised(stack).allowed(fn)).toHaveLength(1);
  });

  it('may be given to a principal that is no function', () => {
    const { stack, inventory } = newServices();
    const reserve = inventory.operation('Reserve', newHandler(inventory));
    const role = new iam.Role(stack, 'Caller', { assumedBy: new iam.ServicePrincipal('states.amazonaws.com') });
    reserve.grantCall(role);
    const { template, idOf } = { template: new Synthesised(stack).template, idOf: new Synthesised(stack) };
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [{ Action: 'lambda:InvokeFunction', Effect: 'Allow', Resource: { Ref: idOf.idOf(reserve.alias) } }],
      },
      Roles: [{ Ref: idOf.idOf(role) }],
    });
  });

  it('has a function of its own', () => {
    const { stack, inventory } = newServices();
    const fn = newHandler(inventory);
    inventory.operation('Reserve', fn);
    inventory.operation('Release', fn);
    expect(findingsOf(stack)).toContain('DBPATTERNS_OPERATION has one value; use one function for each');
  });

  it('is done by its own service', () => {
    const { stack, inventory, orderDesk } = newServices();
    inventory.operation('Reserve', newHandler(orderDesk));
    expect(findingsOf(stack)).toContain(
      '[Shop/Inventory/ReserveOperation] the function Shop/OrderDesk/Handler belongs to the service Shop/OrderDesk, and ' +
        'the operation "Reserve" to Shop/Inventory',
    );
  });

  it('is told what a name may look like', () => {
    const { stack, inventory } = newServices();
    inventory.operation('Reserve-units', newHandler(inventory));
    expect(findingsOf(stack)).toContain(
      'the operation\'s name is "Reserve-units"; allowed: a letter, then at most 63 letters and digits',
    );
  });
});
