import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Duration } from 'aws-cdk-lib/core';
import { kitMetric, watch } from '../private/alarms';
import { KitFunction } from '../private/kit-function';
import { ENTRY_LIMIT, LATEST } from '../private/limits';
import type { OutboxDemand } from '../private/outbox-demand';
import { postgresOutboxFindings } from '../private/outbox-findings';
import { SafeQueue, visibilityFor } from '../private/queues';
import { setVariable } from '../private/wiring';
import { type IPostgresStore, StoreAccess } from '../stores';
import { Outbox } from './outbox';

/** Two years: long enough for what has a yearly rhythm to be rebuilt with its year before. */
const HISTORY_RETENTION = Duration.days(730);

/**
 * The outbox of a PostgreSQL store: a table beside the data.
 *
 * A command handler publishes what it wrote before it answers. What failed there is left to the sweep: a delayed
 * message, sent before the write, has the relay function publish what is still unpublished. While there is nothing to
 * write there is nothing to sweep, so that an idle cluster can pause.
 *
 * @example
 * declare const commands: CommandApi;
 * if (commands.outbox instanceof PostgresOutbox) {
 *   const dueSweeps = commands.outbox.metricDueSweeps();
 * }
 */
export class PostgresOutbox extends Outbox {
  /** @internal */
  public static _for(store: IPostgresStore, id: string): Outbox {
    return new PostgresOutbox(store, id);
  }

  public readonly relay: lambda.IFunction;
  public readonly history: lambda.IFunction;
  /** Carries the delayed messages that start a sweep. */
  public readonly sweepQueue: sqs.IQueue;
  private readonly store: IPostgresStore;
  private readonly demands: OutboxDemand[] = [];

  private constructor(store: IPostgresStore, id: string) {
    super(store, id);
    this.store = store;

    const relay = new KitFunction(this, 'Relay', {
      handler: 'relay',
      description: `Publishes what the commands of ${store.node.path} left unpublished`,
      timeout: Duration.minutes(1),
    }).function;
    const sweepQueue = new SafeQueue(this, 'Sweep', {
      visibilityTimeout: visibilityFor(relay),
      // A sweep is repeated until it succeeds, for as long as SQS keeps a message.
      retentionPeriod: Duration.days(14),
    });
    store.wire(relay, StoreAccess._RELAY);
    this.service._grantPublish(relay);
    sweepQueue.grants.sendMessages(relay);
    // One run serves all sweeps that arrive together: they succeed or come again as a whole.
    relay.addEventSource(new SqsEventSource(sweepQueue, { batchSize: 10, maxConcurrency: 2 }));

    const history = new KitFunction(this, 'History', {
      handler: 'history',
      description: `Reads the history of streams of ${store.node.path}`,
      timeout: Duration.seconds(30),
    }).function;
    store.wire(history, StoreAccess._HISTORY);

    this.relay = relay;
    this.sweepQueue = sweepQueue;
    this.history = history;
    setVariable(this, relay, {
      name: 'DBPATTERNS_OUTBOX',
      claim: 'the outbox',
      value: () => ({
        service: this.service.serviceName,
        ...this.way(),
        retentionDays: longest(this.demands.map(({ retention }) => retention)),
        historyDays: longest(this.demands.map(({ historyRetention }) => historyRetention ?? HISTORY_RETENTION)),
        store: store.storeName,
      }),
    });
    this._watchRelay();
    this.alarms.push(
      watch(this, 'Age', this.service, {
        metric: this.metricOutboxAge(),
        above: LATEST,
        description:
          `A commit of ${store.node.path} has been waiting for more than ${LATEST} s to be published. The log of the ` +
          'relay says why; nothing is lost, and it is published as soon as the bus takes it.',
      }),
    );
  }

  /** @internal */
  public _findings(demand: OutboxDemand): string[] {
    return postgresOutboxFindings(demand);
  }

  /**
   * What expires goes after the longest retention that a command API of the store asks for.
   * @internal
   */
  public _serve(demand: OutboxDemand): Record<string, unknown> {
    this.demands.push(demand);
    this.service._grantPublish(demand.handler);
    this.sweepQueue.grantSendMessages(demand.handler);
    return this.way();
  }

  /** Sweeps that are due; more than a few for long means that the relay fails. */
  public metricDueSweeps(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.sweepQueue.metricApproximateNumberOfMessagesVisible(props);
  }

  /** Age of the oldest commit that is still to be published, in seconds, as each run of the relay finds it. */
  public metricOutboxAge(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    const store = `${this.service.serviceName}/${this.store.storeName}`;
    return kitMetric('OutboxAge', { Store: store }, this.relay, props);
  }

  private way(): Record<string, unknown> {
    return {
      bus: this.service.events.eventBus.eventBusName,
      sweepQueue: this.sweepQueue.queueUrl,
      entryLimit: ENTRY_LIMIT,
    };
  }
}

function longest(durations: readonly Duration[]): number {
  return Math.max(...durations.map((duration) => duration.toDays({ integral: false })));
}
