import { describe, expect, it } from 'vitest';
import { DomainEvents, Service, SharedDatabase, SingleDatabase, StoreAccess } from '../../../lib/index.js';
import { CLUSTER_ARN, SECRET_ARN } from '../support/shop.js';
import { findingsOf, newHandler, newStack, Synthesised } from '../support/synthesis.js';

const existing = { clusterArn: CLUSTER_ARN, secretArn: SECRET_ARN, databaseName: 'shop' };
const reason = 'billing joins orders with customers';

function newServices() {
  const stack = newStack();
  const events = new DomainEvents(stack, 'Events');
  const catalog = new Service(stack, 'Catalog', { events });
  const orderDesk = new Service(stack, 'OrderDesk', { events });
  return { stack, catalog, orderDesk };
}

describe('a single database', () => {
  it('is one cluster for all of its modules', () => {
    const { stack, catalog, orderDesk } = newServices();
    const database = new SingleDatabase(stack, 'Database', { databaseName: 'shop' });
    const products = database.module(catalog, 'Products');
    const orders = database.module(orderDesk, 'Orders');
    products.wire(newHandler(catalog), StoreAccess.READ_WRITE);
    orders.wire(newHandler(orderDesk), StoreAccess.READ_WRITE);
    const { template } = new Synthesised(stack);
    template.resourceCountIs('AWS::RDS::DBCluster', 1);
    template.resourceCountIs('Custom::DatabaseMigrations', 2);
  });

  it('keeps a service out of the module of another', () => {
    const { stack, catalog, orderDesk } = newServices();
    const products = SingleDatabase.fromDataApi(stack, 'Database', existing).module(catalog, 'Products');
    products.wire(newHandler(orderDesk), StoreAccess.READ);
    expect(findingsOf(stack)).toContain(
      'of the service "order-desk" (Shop/OrderDesk) reaches the secret Shop/Catalog/Products/ReaderUser of the service ' +
        '"catalog" (Shop/Catalog)',
    );
  });

  it('gives each module a schema and users of its own, named after its service', () => {
    const { stack, orderDesk } = newServices();
    const store = SingleDatabase.fromDataApi(stack, 'Database', existing).module(orderDesk, 'Orders');
    const handler = newHandler(orderDesk);
    store.wire(handler, StoreAccess.READ);
    const synthesised = new Synthesised(stack);
    const secret = synthesised.idOf(store.userSecret(StoreAccess.READ));
    expect(synthesised.variable(handler, 'DBPATTERNS_STORE_ORDERS')).toEqual({
      kind: 'postgres',
      clusterArn: CLUSTER_ARN,
      secretArn: `<${secret}>`,
      database: 'shop',
      schema: 'order_desk',
    });
    expect(synthesised.allowed(handler)).toContain(`secretsmanager:GetSecretValue <${secret}>`);
    expect(synthesised.variable(store.migrationFunction, 'DBPATTERNS_MIGRATIONS')).toEqual({
      clusterArn: CLUSTER_ARN,
      secretArn: SECRET_ARN,
      database: 'shop',
      schema: 'order_desk',
      tables: [],
      users: [{ name: 'shop_order_desk_reader', access: 'reader', secretArn: `<${secret}>` }],
    });
  });

  it('keeps what has the master’s rights outside of the services', () => {
    const { stack, catalog } = newServices();
    const database = SingleDatabase.fromDataApi(stack, 'Database', existing);
    const store = database.module(catalog, 'Products');
    expect(store.migrationFunction.node.path).toMatch(/^Shop\/Database\/catalog\//);
    expect(store.userSecret(StoreAccess.READ).node.path).toMatch(/^Shop\/Catalog\/Products\//);
  });

  it('runs the migrations of a module again when what it may reach changes', () => {
    const applied = (references: string[]) => {
      const { stack, catalog } = newServices();
      SingleDatabase.fromDataApi(stack, 'Database', existing).module(catalog, 'Products', { references });
      return new Synthesised(stack).only('Custom::DatabaseMigrations').Properties;
    };
    expect(applied(['inventory.sku'])).not.toEqual(applied([]));
  });

  it('has a schema once', () => {
    const { stack, catalog } = newServices();
    const database = SingleDatabase.fromDataApi(stack, 'Database', existing);
    database.module(catalog, 'Products');
    database.module(catalog, 'Prices');
    expect(findingsOf(stack)).toContain(
      '[Shop/Catalog/Prices] the schema "catalog" is that of Shop/Catalog/Products already; give each its own',
    );
  });

  it('says all that is wrong with a module at once', () => {
    const { stack, catalog } = newServices();
    const database = SingleDatabase.fromDataApi(stack, 'Database', { ...existing, databaseName: 'a'.repeat(50) });
    database.module(catalog, 'Products', { schemaName: 'Public', references: ['sku'] });
    database.module(catalog, 'Open', { schemaName: 'public' });
    database.module(stack, 'Nobodys', { schemaName: 'nobody' });
    const findings = findingsOf(stack);
    expect(findings).toContain('schemaName is "Public"; allowed:');
    expect(findings).toContain('a table in references is "sku"; allowed: the schema and the name of a table');
    expect(findings).toContain('schemaName is "public", where everybody may look');
    expect(findings).toContain('have 57 characters together; allowed: 53');
    expect(findings).toContain('Shop/Nobodys has no service above it');
  });
});

describe('a shared database', () => {
  function share(until = '2999-12-31') {
    const { stack, catalog, orderDesk } = newServices();
    // #region share
    const legacy = new SharedDatabase(stack, 'Legacy', { ...existing, reason, until });
    const orders = legacy.storeFor(orderDesk, 'Orders', { reads: ['public.price'], writes: ['public.customer'] });
    const products = legacy.storeFor(catalog, 'Products');
    // #endregion
    orders.wire(newHandler(orderDesk), StoreAccess.READ_WRITE);
    products.wire(newHandler(catalog), StoreAccess.READ_WRITE);
    return stack;
  }

  it('warns at each synth of who shares it, why and until when', () => {
    expect(new Synthesised(share()).warnings()).toEqual([
      '/Shop/Catalog/Products: Shop/Catalog shares the database Shop/Legacy with other services until 2999-12-31: ' +
        `${reason} [ack: cdk-database-patterns:sharedDatabase]`,
      '/Shop/OrderDesk/Orders: Shop/OrderDesk shares the database Shop/Legacy with other services (reads public.price and ' +
        `writes public.customer) until 2999-12-31: ${reason} [ack: cdk-database-patterns:sharedDatabase]`,
    ]);
  });

  it('warns besides when the day has passed', () => {
    const warnings = new Synthesised(share('2020-01-31')).warnings().join('\n');
    expect(warnings).toContain('services were to share Shop/Legacy until 2020-01-31; move them out');
    expect(warnings).toContain('cdk-database-patterns:sharedDatabaseOverdue');
    expect(new Synthesised(share()).warnings().join('\n')).not.toContain('Overdue');
  });

  it('tells the migrations what each service may reach of others', () => {
    const { stack, orderDesk } = newServices();
    const legacy = new SharedDatabase(stack, 'Legacy', { ...existing, reason, until: '2999-12-31' });
    const store = legacy.storeFor(orderDesk, 'Orders', { reads: ['public.price'], writes: ['public.customer'] });
    expect(new Synthesised(stack).variable(store.migrationFunction, 'DBPATTERNS_MIGRATIONS')).toMatchObject({
      schema: 'order_desk',
      tables: [
        { table: 'public.price', use: 'reads' },
        { table: 'public.customer', use: 'writes' },
      ],
    });
  });

  it('asks for a reason and a day', () => {
    const { stack } = newServices();
    new SharedDatabase(stack, 'Legacy', { ...existing, reason: 'legacy', until: 'soon' });
    const findings = findingsOf(stack);
    expect(findings).toContain('reason is "legacy"; allowed: 10 characters or more');
    expect(findings).toContain('until is "soon"; allowed: a day of the calendar, as in 2027-06-30');
  });
});
