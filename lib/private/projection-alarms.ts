import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { Service } from '../service';
import { watch } from './alarms';
import { LATEST } from './limits';

interface ProjectionMetrics {
  readonly lag: cloudwatch.Metric;
  readonly queueAge: cloudwatch.Metric;
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
      // What cannot be applied now is tried again after 15 minutes at most, and may be silent for as long.
      periods: 4,
      datapoints: 1,
      description:
        `${projectionName} received commits that are more than ${LATEST} s old and could not apply them: its store or ` +
        "the publisher's history is away or throttled, or the handler fails. They come again by themselves. Commands go " +
        "on; readers with a token wait. See the handler's log.",
    }),
    watch(projection, 'QueueAge', service, {
      metric: metrics.queueAge,
      above: LATEST,
      periods: 3,
      description:
        `The queue of ${projectionName} is more than ${LATEST} s behind. Commands go on; readers with a token wait. ` +
        "See the handler's errors, throttles and duration, and maxConcurrency.",
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
      stays: true,
      description:
        `${projectionName} cannot apply a commit, and its stream stands still; all others go on. Mend the handler, then ` +
        'retry: dbpatterns projections parked.',
    }),
  ];
}
