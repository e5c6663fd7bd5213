import { describe, expect, it } from 'vitest';
import { Boundary, type IDynamoDbStore } from '../../../../lib/index.js';
import { complaints, twoServices } from '../../support/two-services.js';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';

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
});
