import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Arn, ArnFormat, Duration, Stack, Token } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { watch } from '../private/alarms';
import { addFindings } from '../private/findings';
import { KitFunction } from '../private/kit-function';
import { LATEST } from '../private/limits';
import { describe } from '../private/metadata';
import { SafeQueue, visibilityFor } from '../private/queues';
import { setVariable } from '../private/wiring';
import { EventStream, Service } from '../service';
import { CommitStore, type CommitStoreProps, type ICommitStore, StoreAccess } from '../stores';

/** Faster than this a table on demand that is new begins to throttle. */
const CONCURRENCY = 10;

/** Properties of `ArchivedHistory`. */
export interface ArchivedHistoryProps extends CommitStoreProps {
  /** The stream whose commits are kept. */
  readonly of: EventStream;
  /**
   * The ARN of an archive of the stream's bus: `archiveArn` of an `events.Archive`. It has to hold the stream's events,
   * whole.
   */
  readonly archiveArn: string;
}

/**
 * The history of a stream from an EventBridge archive, for what its publisher has no longer.
 *
 * An archive cannot be read: it only plays its events again, in any order. So they are played to one rule and kept in a
 * table, each commit once, under its stream and version; live commits are kept in it too. From there they are
 * read like the history of any publisher: projections of `stream` are filled and rebuilt from it, and close gaps from it.
 * Where a stream is not kept as far as it is asked for, its publisher is asked for the rest.
 *
 * `dbpatterns commits import catalog/product` has the archive play and says which versions are missing. Begin ten minutes
 * after the deployment or later: by then all events of before have reached the archive.
 *
 * @example
 * declare const browse: Service;
 * declare const commands: CommandApi;
 * declare const archive: Archive;
 * declare const view: DynamoDbStore;
 * declare const handler: lambda.Function;
 * const archived = new ArchivedHistory(browse, 'Archived', {
 *   of: commands.stream,
 *   archiveArn: archive.archiveArn,
 * });
 * new Projection(browse, 'Listing', { of: archived.stream, into: View.entity(view), handler });
 */
export class ArchivedHistory extends Construct {
  /** The stream with this history, for projections. */
  public readonly stream: EventStream;
  /** Where its commits are kept. */
  public readonly store: ICommitStore;
  /** Has the archive play: `{ from?, name? }`, `{ replay }` or `{ gaps: true }`; see `dbpatterns commits import`. */
  public readonly replay: lambda.IFunction;
  /** Holds what could not be kept: what has no events in the archive and is gone from its publisher, or no envelope. */
  public readonly deadLetterQueue: sqs.IQueue;
  /** What is watched; each does what the bus's `alarmActions` say. */
  public readonly alarms: cloudwatch.Alarm[];
  private readonly queue: sqs.IQueue;

  public constructor(scope: Construct, id: string, props: ArchivedHistoryProps) {
    super(scope, id);
    const { of: stream, archiveArn, development, encryptionKey } = props;
    addFindings(this, archiveFindings(archiveArn));
    const name = `${stream.service.serviceName}/${stream.streamName}`;
    const store = new CommitStore(this, 'Commits', { development, encryptionKey });
    const keeper = new KitFunction(this, 'Import', {
      handler: 'commit-import',
      description: `Keeps the commits of ${name}`,
      timeout: Duration.seconds(30),
    }).function;
    const history = new KitFunction(this, 'History', {
      handler: 'archived-history',
      description: `Reads the archived history of ${name}`,
      timeout: Duration.seconds(30),
    }).function;
    const replay = new KitFunction(this, 'Replay', {
      handler: 'commit-replay',
      description: `Has an archive play the commits of ${name} again`,
      timeout: Duration.minutes(1),
    }).function;

    const deadLetterQueue = new SafeQueue(this, 'DeadLetters', { retentionPeriod: Duration.days(14) });
    const queue = new SafeQueue(this, 'Queue', {
      visibilityTimeout: visibilityFor(keeper),
      // Shorter than that of the dead letters, whose clock starts at the first queue.
      retentionPeriod: Duration.days(7),
      deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: 5 },
    });
    const rule = new events.Rule(this, 'Rule', {
      description: `${name}, live and from the archive`,
      eventBus: stream.service.events.eventBus,
      eventPattern: { source: [stream.service.serviceName], detailType: [stream.streamName] },
      targets: [new targets.SqsQueue(queue, { deadLetterQueue })],
    });
    keeper.addEventSource(
      new SqsEventSource(queue, { batchSize: 10, maxConcurrency: CONCURRENCY, reportBatchItemFailures: true }),
    );

    store.wire(keeper, StoreAccess._IMPORT);
    store.wire(history, StoreAccess._HISTORY);
    // The one asks for what came without its events, the other for what has not come yet.
    for (const each of [keeper, history]) {
      stream.grantHistory(each);
      setVariable(this, each, {
        name: 'DBPATTERNS_IMPORT',
        claim: 'the archived history',
        value: () => ({ stream: stream.streamName, history: stream.history.functionArn, store: store.storeName }),
      });
    }
    store.wire(replay, StoreAccess._REPUBLISH);
    this.grantReplay(replay, archiveArn, stream.service.events.eventBus.eventBusArn);
    for (const each of [queue, deadLetterQueue]) {
      each.grant(replay, 'sqs:GetQueueAttributes');
    }
    setVariable(this, replay, {
      name: 'DBPATTERNS_REPLAY',
      claim: 'the archived history',
      value: () => ({
        archive: archiveArn,
        bus: stream.service.events.eventBus.eventBusArn,
        rule: rule.ruleArn,
        queue: queue.queueUrl,
        deadLetters: deadLetterQueue.queueUrl,
        store: store.storeName,
      }),
    });
    describe(replay, { kind: 'archive', service: stream.service.serviceName, stream: stream.streamName });

    this.stream = EventStream._published(stream.service, stream.streamName, history);
    this.store = store;
    this.replay = replay;
    this.queue = queue;
    this.deadLetterQueue = deadLetterQueue;
    this.alarms = [
      watch(this, 'Unkept', Service.of(this), {
        metric: this.metricDeadLetters({ period: Duration.minutes(5), statistic: 'Maximum' }),
        above: 0,
        description:
          `A commit of ${name} could not be kept. Where it came without its events and its publisher does not have it, ` +
          'its stream has a gap here: views park it after an hour, and can be told to pass what was lost ' +
          '(dbpatterns projections discard).',
      }),
      watch(this, 'QueueAge', Service.of(this), {
        metric: this.metricQueueAge({ period: Duration.minutes(1) }),
        above: LATEST,
        periods: 3,
        description:
          `What keeps the commits of ${name} is more than ${LATEST} s behind what was published. While an archive plays ` +
          'that is how it is; otherwise see the errors and throttles of the import. Until it is up to date, what is not ' +
          "kept yet is asked of the publisher's own history.",
      }),
    ];
  }

  /** Commits that could not be kept. */
  public metricDeadLetters(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.deadLetterQueue.metricApproximateNumberOfMessagesVisible(props);
  }

  /** Age of the oldest commit that waits to be kept, in seconds: how far history is behind what was published. */
  public metricQueueAge(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.queue.metricApproximateAgeOfOldestMessage(props);
  }

  /**
   * To start a replay is allowed on all that it is about: the archive, the bus, the replay.
   * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
   */
  private grantReplay(replay: lambda.IFunction, archiveArn: string, busArn: string): void {
    const replays = Arn.format(
      { service: 'events', resource: 'replay', resourceName: 'dbpatterns-*', arnFormat: ArnFormat.SLASH_RESOURCE_NAME },
      Stack.of(this),
    );
    const allow = (actions: string[], resources: string[]): void =>
      replay.addToRolePolicy(new iam.PolicyStatement({ actions, resources }));
    allow(['events:DescribeArchive'], [archiveArn]);
    allow(['events:StartReplay'], [archiveArn, busArn, replays]);
    allow(['events:DescribeReplay'], [replays]);
  }
}

function archiveFindings(arn: string): string[] {
  return Token.isUnresolved(arn) || /^arn:[^:]+:events:[^:]*:[^:]*:archive\/[^/]+$/.test(arn)
    ? []
    : [
        `archiveArn is "${arn}"; allowed: the ARN of an archive, arn:aws:events:<region>:<account>:archive/<name>: pass ` +
          'archiveArn of an events.Archive',
      ];
}
