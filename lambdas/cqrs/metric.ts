import { systemClock, type Clock } from '../stores/index.js';
import type { Log } from './log.js';

/** The namespace of the kit's own metrics in CloudWatch. */
export const NAMESPACE = 'cdk-database-patterns';

/** What a metric is counted in. */
export type MetricUnit = 'Count' | 'Seconds';

/**
 * Emits a metric as a line of the log, which CloudWatch takes for one by its embedded metric format. No request is made.
 *
 * @example
 * metric(log, 'Parked', 1, 'Count', { Projection: 'browse/Products' });
 */
export function metric(
  log: Log,
  name: string,
  value: number,
  unit: MetricUnit,
  dimensions: Readonly<Record<string, string>>,
  now: Clock = systemClock,
): void {
  log({
    level: 'info',
    message: 'metric',
    ...dimensions,
    [name]: value,
    _aws: {
      Timestamp: now().getTime(),
      CloudWatchMetrics: [
        { Namespace: NAMESPACE, Dimensions: [Object.keys(dimensions)], Metrics: [{ Name: name, Unit: unit }] },
      ],
    },
  });
}
