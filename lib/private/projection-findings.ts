import { Token, type Duration } from 'aws-cdk-lib/core';
import type { IStore } from '../stores';
import { rangeFindings } from './findings';

interface ProjectionSettings {
  readonly version: string;
  readonly batchSize: number;
  readonly maxConcurrency: number;
  readonly parkAfter: number;
  readonly maxReceiveCount: number;
  readonly keepPrevious: Duration;
}

/** A Step Functions execution ends after a year, and the rebuild before the wait takes some of it. */
const LONGEST_KEPT = 300;
/** What comes more often is a copy, whose receives begin anew: lambdas/cqrs/delivery.ts has it too. */
const MOST_RECEIVES = 5;
/** It stands in a stored record and in reports. */
const LONGEST_VERSION = 64;

/** All that is wrong with the settings of a projection. */
export function projectionFindings(settings: ProjectionSettings): string[] {
  const { parkAfter, maxReceiveCount, version } = settings;
  const receives = Math.min(parkAfter, MOST_RECEIVES);
  return [
    ...rangeFindings('batchSize', settings.batchSize, 1, 10),
    ...rangeFindings('maxConcurrency', settings.maxConcurrency, 2, 1000),
    ...rangeFindings('parkAfter', parkAfter, 1, 998),
    ...rangeFindings('maxReceiveCount', maxReceiveCount, 3, 1000),
    // An event that ends the function is tried under a mark once more, and found marked after that.
    ...(receives > maxReceiveCount - 2
      ? [
          `parkAfter is ${parkAfter} and maxReceiveCount ${maxReceiveCount}; allowed: maxReceiveCount at least ` +
            `${receives + 2}, or an event would go to the dead-letter queue before it is parked: raise it`,
        ]
      : []),
    ...rangeFindings('keepPrevious in days', settings.keepPrevious.toDays({ integral: false }), 0, LONGEST_KEPT),
    ...(Token.isUnresolved(version) || (version.length > 0 && version.length <= LONGEST_VERSION)
      ? []
      : [`version has ${version.length} characters; allowed: 1 to ${LONGEST_VERSION}`]),
  ];
}

/** Per view store: the projection that keeps it. */
const keepers = new WeakMap<IStore, string>();

/** Says that a view store has a projection already; otherwise the store is this one's from now on. */
export function claimView(store: IStore, projection: string): string[] {
  const keeper = keepers.get(store);
  if (keeper !== undefined) {
    return [
      `the view ${store.node.path} is kept by ${keeper} already; a view has one projection, which knows its generations ` +
        'and its parked streams: give each projection a store of its own',
    ];
  }
  keepers.set(store, projection);
  return [];
}
