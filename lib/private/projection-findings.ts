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
    ...rangeFindings('parkAfter', parkAfter, 1, 999),
    ...rangeFindings('maxReceiveCount', maxReceiveCount, 2, 1000),
    ...(parkAfter >= maxReceiveCount
      ? [
          `parkAfter is ${parkAfter} and maxReceiveCount ${maxReceiveCount}; allowed: parkAfter below maxReceiveCount, or ` +
            'an event would go to the dead-letter queue before it is parked: raise maxReceiveCount',
        ]
      : []),
  ];
}
