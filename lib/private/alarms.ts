import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Duration } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { Service } from '../service';

/** Of metrics that functions write with their logs, as in lambdas/cqrs/metric.ts. */
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
  /**
   * Whether it stays as it is where nothing is told, because the metric is told when it changes.
   * @default false - where nothing runs, nothing is wrong
   */
  readonly stays?: boolean;
}

/** Raises an alarm of a service, in the way that its bus says. */
export function watch(scope: Construct, id: string, service: Service, props: Watch): cloudwatch.Alarm {
  const alarm = new cloudwatch.Alarm(scope, id, {
    metric: props.metric,
    alarmDescription: props.description,
    comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
    threshold: props.above,
    evaluationPeriods: props.periods ?? 1,
    datapointsToAlarm: props.datapoints,
    treatMissingData: props.stays ? cloudwatch.TreatMissingData.IGNORE : cloudwatch.TreatMissingData.NOT_BREACHING,
  });
  alarm.addAlarmAction(...service.events._alarmActions);
  return alarm;
}

/** A metric that a function writes with its log, in the words of the kit: its highest value of five minutes. */
export function kitMetric(
  metricName: string,
  dimensions: Readonly<Record<string, string>>,
  emitter: lambda.IFunction,
  props?: cloudwatch.MetricOptions,
): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: NAMESPACE,
    metricName,
    // Two deployments in an account have the same names for all but their functions.
    dimensionsMap: { ...dimensions, Function: emitter.functionName },
    statistic: cloudwatch.Stats.MAXIMUM,
    period: Duration.minutes(5),
    ...props,
  });
}
