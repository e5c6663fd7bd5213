import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { Service } from '../service';
import { watch } from './alarms';
import { LATEST } from './limits';

interface ProjectionMetrics {
  readonly lag: cloudwatch.Metric;
  readonly deadLetters: cloudwatch.Metric;
  readonly parked: cloudwatch.Metric;
}

/** What is watched of a projection. */
export function projectionAlarms(
  projection: Construct & { readonly projectionName: string },
  service: Service,
  metrics: ProjectionMetrics,
): cloudwatch.Alarm[] {
  const { projectionName } = projection;
  return [
    watch(projection, 'Lag', service, {
      metric: metrics.lag,
      above: LATEST,
      periods: 3,
      description:
        `${projectionName} is more than ${LATEST} s behind what was published. Commands go on; readers with a token ` +
        "wait. See the handler's errors and duration, and maxConcurrency.",
    }),
    watch(projection, 'Undeliverable', service, {
      metric: metrics.deadLetters,
      above: 0,
      description:
        `The dead-letter queue of ${projectionName} holds what is no valid envelope, or what EventBridge could not ` +
        'deliver in a day. Look at it: the streams that it tells of catch up by history with their next commit.',
    }),
    watch(projection, 'Parked', service, {
      metric: metrics.parked,
      above: 0,
      description:
        `${projectionName} cannot apply a commit, and its stream stands still; all others go on. Mend the handler, then ` +
        'retry: dbpatterns projections parked.',
    }),
  ];
}
