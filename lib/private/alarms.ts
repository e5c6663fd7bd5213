import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Duration } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { Service } from '../service';

/** Of metrics that the kit's functions write with their logs. */
const NAMESPACE = 'cdk-database-patterns';

/** What is watched, and from where on somebody has to know. */
export interface Watch {
  readonly metric: cloudwatch.Metric;
  /** The alarm is raised above this. */
  readonly above: number;
  /** What happened, and what to do. */
  readonly description: string;
  /**
   * How many periods are looked at.
   * @default 1
   */
  readonly periods?: number;
  /**
   * In how many of them it has to be above.
   * @default - all
   */
  readonly datapoints?: number;
}

/** Raises an alarm of a service, in the way that its bus says. Where nothing runs, nothing is wrong. */
export function watch(scope: Construct, id: string, service: Service, props: Watch): cloudwatch.Alarm {
  const alarm = new cloudwatch.Alarm(scope, id, {
    metric: props.metric,
    alarmDescription: props.description,
    comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
    threshold: props.above,
    evaluationPeriods: props.periods ?? 1,
    datapointsToAlarm: props.datapoints,
    treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
  });
  alarm.addAlarmAction(...service.events._alarmActions);
  return alarm;
}

/** A metric that one of the kit's functions writes with its log, as it is over five minutes at most. */
export function kitMetric(
  metricName: string,
  dimensionsMap: Readonly<Record<string, string>>,
  props?: cloudwatch.MetricOptions,
): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: NAMESPACE,
    metricName,
    dimensionsMap,
    statistic: cloudwatch.Stats.MAXIMUM,
    period: Duration.minutes(5),
    ...props,
  });
}
