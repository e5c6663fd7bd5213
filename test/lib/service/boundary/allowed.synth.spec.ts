import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { App, Stack, Stage } from 'aws-cdk-lib/core';
import { describe, expect, it } from 'vitest';
import { Boundary, DomainEvents, DynamoDbStore, type IDynamoDbStore, Service } from '../../../../lib/index.js';
import { newHandler, temporaryFolder } from '../../support/synthesis.js';
import { complaints, twoServices } from '../../support/two-services.js';

function audited(products: IDynamoDbStore, auditFn: IFunction): void {
  // #region allow
  Boundary.of(products).allow({
    principal: auditFn,
    reason: 'the yearly audit reads all prices',
    actions: ['dynamodb:Scan'],
    until: '2099-06-30',
  });
  // #endregion
}

describe('somebody who is let in with a reason', () => {
  it('reaches that store, and does no more than is listed', () => {
    const world = twoServices();
    const auditFn = world.fn(world.stack, 'Audit');
    world.store.table.grant(auditFn, 'dynamodb:Scan');
    audited(world.store, auditFn);
    expect(complaints(world)).toEqual([]);
  });

  it('is let in to the stores of each stage by an entry for the app', () => {
    const app = new App({ outdir: temporaryFolder() });
    for (const name of ['Test', 'Production']) {
      const stack = new Stack(new Stage(app, name), 'Shop');
      const catalog = new Service(stack, 'Catalog', { events: new DomainEvents(stack, 'Events') });
      const products = new DynamoDbStore(catalog, 'Products', { partitionKey: 'id' });
      const principal = newHandler(stack, 'Audit');
      products.table.grantReadData(principal);
      Boundary.of(app).allow({ principal, reason: 'the yearly audit reads all prices' });
    }
    expect(complaints({ app })).toEqual([]);
    expect(JSON.stringify(app.synth().manifest)).not.toContain('idleAdmission');
  });
});
