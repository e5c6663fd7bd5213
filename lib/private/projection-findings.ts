import type { IDynamoDbStore } from '../stores';
import { rangeFindings } from './findings';

interface ProjectionSettings {
  readonly view: { readonly kind: string; readonly store: IDynamoDbStore };
  readonly batchSize: number;
  readonly maxConcurrency: number;
  readonly parkAfter: number;
  readonly maxReceiveCount: number;
}

/** All that is wrong with the settings of a projection. */
export function projectionFindings(settings: ProjectionSettings): string[] {
  const { view, parkAfter, maxReceiveCount } = settings;
  return [
    ...(view.kind === 'entity' && view.store.sortKey !== undefined
      ? [
          `the entity view ${view.store.node.path} has the sort key "${view.store.sortKey}"; allowed: a partition key ` +
            'only, because it has one item per stream: leave sortKey out and add an index for other orders',
        ]
      : []),
    ...rangeFindings('batchSize', settings.batchSize, 1, 10),
    ...rangeFindings('maxConcurrency', settings.maxConcurrency, 2, 1000),
    ...rangeFindings('parkAfter', parkAfter, 1, 998),
    ...rangeFindings('maxReceiveCount', maxReceiveCount, 3, 1000),
    // An event that ends the function is tried under a mark once more, and found marked after that.
    ...(parkAfter > maxReceiveCount - 2
      ? [
          `parkAfter is ${parkAfter} and maxReceiveCount ${maxReceiveCount}; allowed: parkAfter at least 2 below ` +
            'maxReceiveCount, or an event would go to the dead-letter queue before it is parked: raise maxReceiveCount',
        ]
      : []),
  ];
}
