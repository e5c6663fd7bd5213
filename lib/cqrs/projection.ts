import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Annotations, Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { kitMetric } from '../private/alarms';
import { addFindings } from '../private/findings';
import { LEAST_PROJECTION } from '../private/limits';
import { describe } from '../private/metadata';
import { projectionAlarms } from '../private/projection-alarms';
import { claimView, projectionFindings } from '../private/projection-findings';
import { SafeQueue, visibilityFor } from '../private/queues';
import { setVariable, timeoutInSeconds, timeoutOf } from '../private/wiring';
import { type EventStream, Service } from '../service';
import { StoreAccess } from '../stores';
import { Rebuild } from './rebuild';
import type { View } from './view';

/** Properties of `Projection`. */
export interface ProjectionProps {
  /** The stream to follow. */
  readonly of: EventStream;
  /** The view to keep. */
  readonly into: View;
  /**
   * The function that turns events into changes of the view. The Lambda library makes it, by the kind of view:
   * `projection(stream, { … })` for `View.entity`, `aggregate` for `View.aggregate`, `postgresAggregate` for
   * `View.aggregateTable`, `reaction` for `View.reactions`. Give it a time-out of 20 s or more.
   */
  readonly handler: lambda.IFunction;
  /**
   * The name by which the command line, metrics and logs know the projection.
   * @default - the service's name, a slash and the construct id: `browse/Listing`
   */
  readonly projectionName?: string;
  /**
   * The version of what the handler makes of events. A view that was built with another one is due for a rebuild.
   * @default '1'
   */
  readonly version?: string;
  /**
   * How long the generation of before is kept after a rebuild, to go back to it: up to 300 days.
   * @default Duration.days(1)
   */
  readonly keepPrevious?: Duration;
  /**
   * How many commits a function takes at once, 1 to 10.
   * @default 10
   */
  readonly batchSize?: number;
  /**
   * How many functions work at once, 2 to 1,000. An aggregate view has few totals that many move: more of them conflict
   * more often.
   * @default 5
   */
  readonly maxConcurrency?: number;
  /**
   * After how many attempts an event that cannot be applied is parked, and with it its stream. The pauses between them
   * double, from a second to 15 minutes.
   * @default - 5, which takes 15 seconds; of a reaction 24, about three and a half hours, since what it calls may be away
   */
  readonly parkAfter?: number;
  /**
   * After how many receives a message goes to the dead-letter queue: only what is no valid envelope gets that far. At
   * least 2 more than `parkAfter`, or 7 where that is more than 5.
   * @default 10
   */
  readonly maxReceiveCount?: number;
}

/** What a reaction calls may be away for hours, and a failure is rarely the commit's own. */
const REACTION_ATTEMPTS = 24;

/**
 * Keeps a view of a stream: EventBridge rule, queue, function, table.
 *
 * Commits may come twice, late and out of order: a duplicate changes nothing, a gap is closed from the publisher's
 * history, and an event that cannot be applied is parked without holding up other streams.
 *
 * @example
 * declare const browse: Service;
 * declare const commands: CommandApi;
 * declare const view: DynamoDbStore;
 * declare const handler: lambda.Function;
 * new Projection(browse, 'Listing', { of: commands.stream, into: View.entity(view), handler });
 */
export class Projection extends Construct {
  /** The name under which the projection keeps its place. */
  public readonly projectionName: string;
  /** Holds what is still to be applied. */
  public readonly queue: sqs.IQueue;
  /** Holds what is no valid envelope, and what EventBridge could not deliver in a day. */
  public readonly deadLetterQueue: sqs.IQueue;
  /** The function that keeps the view. */
  public readonly handler: lambda.IFunction;
  /**
   * The state machine that builds a new generation of the view from history, while traffic goes on, and has readers move
   * to it. Its input: `{ rate?, segments?, keep?, settle?, resume?, rollback? }`, `{}` for a rebuild. Left out for
   * reactions, which nobody plays again.
   */
  public readonly rebuild?: sfn.IStateMachine;
  /** What is watched; each does what the bus's `alarmActions` say. */
  public readonly alarms: cloudwatch.Alarm[];

  public constructor(scope: Construct, id: string, props: ProjectionProps) {
    super(scope, id);
    const { of: stream, into: view, handler } = props;
    const batchSize = props.batchSize ?? 10;
    const maxConcurrency = props.maxConcurrency ?? 5;
    const parkAfter = props.parkAfter ?? (view.kind === 'reaction' ? REACTION_ATTEMPTS : 5);
    const maxReceiveCount = props.maxReceiveCount ?? 10;
    const version = props.version ?? '1';
    const keepPrevious = props.keepPrevious ?? Duration.days(1);
    const findings = projectionFindings({
      version,
      batchSize,
      maxConcurrency,
      parkAfter,
      maxReceiveCount,
      keepPrevious,
    });
    addFindings(this, [...view._findings, ...claimView(view.store, this.node.path), ...findings]);
    this.warnOfShortTimeout(handler);

    this.handler = handler;
    this.projectionName = props.projectionName ?? this.nameBelowService();
    const deadLetterQueue = new SafeQueue(this, 'DeadLetters', { retentionPeriod: Duration.days(14) });
    const queue = new SafeQueue(this, 'Queue', {
      visibilityTimeout: visibilityFor(handler),
      // Shorter than that of the dead letters, whose clock starts at the first queue.
      retentionPeriod: Duration.days(7),
      deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount },
    });
    new events.Rule(this, 'Rule', {
      description: `${stream.service.serviceName}/${stream.streamName} for ${this.projectionName}`,
      eventBus: stream.service.events.eventBus,
      // The whole stream and never single event types, so that a missing version is always a gap.
      eventPattern: { source: [stream.service.serviceName], detailType: [stream.streamName] },
      targets: [new targets.SqsQueue(queue, { deadLetterQueue })],
    });
    // What the CDK would stop at is left out here and reported with all other findings.
    const tuning = findings.length === 0 ? { batchSize, maxConcurrency } : {};
    handler.addEventSource(new SqsEventSource(queue, { ...tuning, reportBatchItemFailures: true }));

    view.store.wire(handler, StoreAccess._VIEW);
    stream.grantHistory(handler);
    queue.grants.sendMessages(handler);
    setVariable(this, handler, {
      name: 'DBPATTERNS_PROJECTION',
      claim: 'the projection',
      value: () => ({
        name: this.projectionName,
        service: stream.service.serviceName,
        stream: stream.streamName,
        kind: view.kind,
        version,
        table: view.table,
        queue: queue.queueUrl,
        history: stream.history.functionArn,
        parkAfter,
        functionTimeout: timeoutInSeconds(handler),
        store: view.store.storeName,
      }),
    });
    this.queue = queue;
    this.deadLetterQueue = deadLetterQueue;
    const metadata = {
      kind: 'projection',
      name: this.projectionName,
      service: stream.service.serviceName,
      stream: stream.streamName,
      version,
    };
    const rebuildAlarms: cloudwatch.Alarm[] = [];
    // The command line finds a projection by what it calls: its state machine, or else its function.
    if (view.kind === 'reaction') {
      describe(handler, metadata);
    } else {
      const { stateMachine, alarms } = new Rebuild(this, 'Rebuild', {
        projectionName: this.projectionName,
        handler,
        keepPrevious,
      });
      describe(stateMachine, metadata);
      this.rebuild = stateMachine;
      rebuildAlarms.push(...alarms);
    }
    this.alarms = projectionAlarms(this, Service.of(this), {
      lag: this.metricLag(),
      queueAge: this.metricQueueAge({ period: Duration.minutes(1) }),
      deadLetters: this.metricDeadLetters({ period: Duration.minutes(5), statistic: 'Maximum' }),
      // A 0 is told for a minute of its own.
      parked: this.metricParked({ period: Duration.minutes(1) }),
    }).concat(rebuildAlarms);
  }

  /**
   * How long ago the oldest commit happened that was received and could not be applied yet, in seconds. Told at most once
   * a minute by each container, and only while there are any; what is parked does not count.
   */
  public metricLag(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return kitMetric('Lag', { Projection: this.projectionName }, this.handler, props);
  }

  /**
   * Age of the oldest message of the queue, in seconds: how late commits are received. The queue leaves out what was
   * received more than three times, and a copy that comes later begins anew: see `metricLag`.
   */
  public metricQueueAge(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.queue.metricApproximateAgeOfOldestMessage(props);
  }

  /**
   * Commits that are still to be applied: those that wait, those that somebody works on, and those that come again later.
   * No alarm watches it: how many are too many depends on how fast they are applied, which is what the lag says.
   */
  public metricBacklog(props?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression {
    return new cloudwatch.MathExpression({
      expression: 'visible + hidden + later',
      usingMetrics: {
        visible: this.queue.metricApproximateNumberOfMessagesVisible(),
        hidden: this.queue.metricApproximateNumberOfMessagesNotVisible(),
        later: this.queue.metricApproximateNumberOfMessagesDelayed(),
      },
      label: 'commits still to be applied',
      ...props,
    });
  }

  /** Messages in the dead-letter queue. */
  public metricDeadLetters(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.deadLetterQueue.metricApproximateNumberOfMessagesVisible(props);
  }

  /**
   * How many streams stand still, because the handler cannot apply one of their commits. Told when it changes, and
   * once a minute where a commit of such a stream arrives. That none is left is told for the next full minute: what was
   * told before it in the same minute would be the higher value.
   */
  public metricParked(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return kitMetric('Parked', { Projection: this.projectionName }, this.handler, props);
  }

  /** A batch that is cut off is received again, and what was received too often goes to the dead letters. */
  private warnOfShortTimeout(handler: lambda.IFunction): void {
    const seconds = timeoutOf(handler)?.toSeconds();
    if (seconds !== undefined && seconds < LEAST_PROJECTION) {
      Annotations.of(this).addWarningV2(
        'cdk-database-patterns:shortProjection',
        `the handler ${handler.node.path} is ended after ${seconds} s, and closing a gap from history may take ` +
          `${LEAST_PROJECTION} s; messages would be received until they are dead letters: set its timeout to ` +
          `${LEAST_PROJECTION} s or more`,
      );
    }
  }

  private nameBelowService(): string {
    const service = Service.of(this);
    return `${service.serviceName}${this.node.path.slice(service.node.path.length)}`;
  }
}
