import { describe, expect, it } from 'vitest';
import { DynamoDbStore, QueryApi, Service } from '../../../lib/index.js';
import { newCommands, newShop } from '../support/shop.js';
import { newHandler, Synthesised } from '../support/synthesis.js';

function newCaller() {
  const shop = newShop();
  const commands = newCommands(shop);
  const browse = new Service(shop.stack, 'Browse', { events: shop.events });
  const store = new DynamoDbStore(browse, 'View', { partitionKey: 'id' });
  const queries = new QueryApi(browse, 'Queries', { store, handler: newHandler(browse) });
  const desk = new Service(shop.stack, 'OrderDesk', { events: shop.events });
  return { stack: shop.stack, commands, queries, fn: newHandler(desk) };
}

describe('an API that is given to a function of another service', () => {
  it('takes its commands for one stream', () => {
    const { stack, commands, fn } = newCaller();
    commands.wire(fn);
    commands.wire(fn);
    const synthesised = new Synthesised(stack);
    const [line, ...others] = synthesised.allowed(fn);
    expect(line).toMatch(/^execute-api:Invoke .*:<.*>\/<.*>\/POST\/product\/\*\/\*$/);
    expect(others).toEqual([]);
    expect(urlIn(synthesised, fn, 'DBPATTERNS_COMMANDS_CATALOG__PRODUCT')).toContain(synthesised.idOf(commands.api));
  });

  it('answers its questions', () => {
    const { stack, queries, fn } = newCaller();
    queries.wire(fn);
    const synthesised = new Synthesised(stack);
    expect(synthesised.allowed(fn)).toEqual([expect.stringMatching(/^execute-api:Invoke .*\/GET\/\*$/)]);
    expect(urlIn(synthesised, fn, 'DBPATTERNS_QUERIES_BROWSE__QUERIES')).toContain(synthesised.idOf(queries.api));
  });

  it('is not taken for another API of that name, nor for that of a service whose name goes on otherwise', () => {
    const shop = newShop();
    const { stack, events, catalog } = shop;
    const commands = newCommands(shop);
    const products = new DynamoDbStore(catalog, 'View', { partitionKey: 'id' });
    const sameName = new QueryApi(catalog, 'Product', { store: products, handler: newHandler(catalog, 'Answers') });
    const order = new Service(stack, 'Order', { events });
    const deskFind = order.operation('DeskFind', newHandler(order));
    const orderDesk = new Service(stack, 'OrderDesk', { events });
    const find = orderDesk.operation('Find', newHandler(orderDesk));
    const fn = newHandler(new Service(stack, 'Browse', { events }));
    for (const offer of [commands, sameName, deskFind, find]) offer.wire(fn);

    const { Environment } = new Synthesised(stack).propertiesOf(fn) as { Environment: { Variables: object } };
    expect(Object.keys(Environment.Variables).sort()).toEqual([
      'DBPATTERNS_COMMANDS_CATALOG__PRODUCT',
      'DBPATTERNS_OPERATION_ORDER_DESK__FIND',
      'DBPATTERNS_OPERATION_ORDER__DESK_FIND',
      'DBPATTERNS_QUERIES_CATALOG__PRODUCT',
    ]);
  });
});

function urlIn(synthesised: Synthesised, fn: Parameters<Synthesised['variable']>[0], name: string): string {
  const { Environment } = synthesised.propertiesOf(fn) as { Environment: { Variables: Record<string, unknown> } };
  return JSON.stringify(Environment.Variables[name]);
}
