import { processEnvironment, type Environment } from '../private/environment.js';
import type { Clock } from '../stores/index.js';
import type { Log } from './log.js';

/** The namespace of the kit's own metrics in CloudWatch. */
export const NAMESPACE = 'cdk-database-patterns';

/** What a metric is counted in. */
export type MetricUnit = 'Count' | 'Seconds';

/**
 * Emits a metric as a line of the log, which CloudWatch takes for one by its embedded metric format. No request is made.
 * The function that emits it is a dimension as well: two deployments in an account have the same names for the rest.
 *
 * @example
 * metric(log, 'Parked', 1, 'Count', { Projection: 'browse/Products' }, now);
 */
export function metric(
  log: Log,
  name: string,
  value: number,
  unit: MetricUnit,
  dimensions: Readonly<Record<string, string>>,
  now: Clock,
  environment: Environment = processEnvironment(),
): void {
  const emitter = environment['AWS_LAMBDA_FUNCTION_NAME'];
  const all = emitter === undefined ? dimensions : { ...dimensions, Function: emitter };
  log({
    level: 'info',
    message: 'metric',
    ...all,
    [name]: value,
    _aws: {
      Timestamp: now().getTime(),
      CloudWatchMetrics: [
        { Namespace: NAMESPACE, Dimensions: [Object.keys(all)], Metrics: [{ Name: name, Unit: unit }] },
      ],
    },
  });
}
