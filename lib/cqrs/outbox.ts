import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { KitFunction } from '../private/kit-function';
import { ENTRY_LIMIT } from '../private/limits';
import { SafeQueue, visibilityFor } from '../private/queues';
import { setVariable } from '../private/wiring';
import { Service } from '../service';
import { type IPostgresStore, StoreAccess } from '../stores';

const ID = 'Outbox';

interface OutboxProps {
  readonly store: IPostgresStore;
}

/**
 * The way of a store's commits to the bus, one for all command APIs of the store.
 *
 * A command handler publishes what it wrote before it answers. What failed there is left to the sweep: a delayed
 * message, sent before the write, has the relay function publish what is still unpublished. While there is nothing to
 * write there is nothing to sweep, so that an idle cluster can pause.
 */
export class Outbox extends Construct {
  /** @internal */
  public static _of(store: IPostgresStore): Outbox {
    const known = store.node.tryFindChild(ID);
    if (known instanceof Outbox) {
      return known;
    }
    return new Outbox(store, ID, { store });
  }

  /** The service whose events these are: the owner of the store. */
  public readonly service: Service;
  /** Carries the delayed messages that start a sweep. */
  public readonly sweepQueue: sqs.IQueue;
  /** Publishes what is still unpublished. */
  public readonly relay: lambda.IFunction;
  /** Reads the history of one stream, for subscribers. */
  public readonly history: lambda.IFunction;
  private readonly retentions: Duration[] = [];

  private constructor(scope: Construct, id: string, props: OutboxProps) {
    super(scope, id);
    const { store } = props;
    this.service = Service.of(store);

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
    const eventBus = this.service.events.eventBus;
    store.wire(relay, StoreAccess._RELAY);
    this.service._grantPublish(relay);
    sweepQueue.grants.sendMessages(relay);
    // One run serves all sweeps that arrive together: they succeed or come again as a whole.
    relay.addEventSource(new SqsEventSource(sweepQueue, { batchSize: 10, maxConcurrency: 2 }));
    setVariable(this, relay, {
      name: 'DBPATTERNS_OUTBOX',
      claim: 'the outbox',
      value: () => ({
        service: this.service.serviceName,
        bus: eventBus.eventBusName,
        sweepQueue: sweepQueue.queueUrl,
        entryLimit: ENTRY_LIMIT,
        retentionDays: this.retentionDays(),
        store: store.storeName,
      }),
    });

    const history = new KitFunction(this, 'History', {
      handler: 'history',
      description: `Reads the history of streams of ${store.node.path}`,
      timeout: Duration.seconds(30),
    }).function;
    store.wire(history, StoreAccess._HISTORY);

    this.relay = relay;
    this.sweepQueue = sweepQueue;
    this.history = history;
  }

  /**
   * Expired commands are deleted after the longest retention that a command API of the store asks for.
   * @internal
   */
  public _retain(retention: Duration): void {
    this.retentions.push(retention);
  }

  /** Sweeps that are due; more than a few for long means that the relay fails. */
  public metricDueSweeps(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.sweepQueue.metricApproximateNumberOfMessagesVisible(props);
  }

  /** Failures of the relay. */
  public metricRelayErrors(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.relay.metricErrors(props);
  }

  private retentionDays(): number {
    return Math.max(...this.retentions.map((retention) => retention.toDays({ integral: false })));
  }
}
