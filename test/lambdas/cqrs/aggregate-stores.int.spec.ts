import { beforeAll } from 'vitest';
import { aggregate, contribute, postgresAggregate } from '../../../lambdas/cqrs/index.js';
import { aggregateContract, sale } from './aggregate.contract.js';
import { PostgresViews } from './postgres-view-rig.js';
import { ViewRig } from './view-rig.js';

const none = { sales: 0, units: 0, returns: 0 };

/** Fails the next requests that it is asked about. */
function outage(): { readonly next: (requests: number) => void; readonly meet: () => void } {
  let left = 0;
  return {
    next: (requests) => void (left = requests),
    meet: () => {
      if ((left -= 1) < 0) return;
      throw Object.assign(new Error('away'), { name: 'InternalServerError', $fault: 'server', code: 'ECONNRESET' });
    },
  };
}

aggregateContract('DynamoDB', async () => {
  const rig = await ViewRig.start({ kind: 'aggregate', stream: 'sale', partitionKey: 'day', sortKey: 'country' });
  const { next, meet } = outage();
  rig.fault = (command) => (command === 'TransactWriteItems' ? meet() : undefined);
  return {
    rig,
    handler: (handlers, options) => aggregate(sale, handlers, rig.options(options)),
    totals: async () => {
      const items = Object.entries(await rig.items()).filter(([key]) => !key.startsWith('_'));
      return Object.fromEntries(
        items.map(([key, { day: _, country: __, _total: ___, ...measures }]) => [key, { ...none, ...measures }]),
      );
    },
    impossible: contribute({ day: '', country: 'nowhere' }, { sales: 1 }),
    away: next,
  };
});

let views: PostgresViews;
beforeAll(async () => {
  views = await PostgresViews.start('aggregates');
});

aggregateContract('PostgreSQL', async () => {
  const totals = await views.totals();
  const { next, meet } = outage();
  views.fault = (sql) => (sql.includes('.advance(') ? meet() : undefined);
  return {
    rig: totals.rig,
    handler: (handlers, options) =>
      postgresAggregate(sale, handlers, totals.options({ ...options, sleep: async () => undefined })),
    totals: () => totals.rows(),
    impossible: contribute({ day: 'nul\0', country: 'nowhere' }, { sales: 1 }),
    // A call is made three times before it counts as one that failed.
    away: (requests) => next(3 * requests),
  };
});
