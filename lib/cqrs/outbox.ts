import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { watch } from '../private/alarms';
import type { OutboxDemand } from '../private/outbox-demand';
import { Service } from '../service';

/**
 * The way of a store's commits to the bus, one for all command APIs of the store: a `PostgresOutbox` or a
 * `CommitOutbox`, as the store is.
 *
 * @example
 * declare const commands: CommandApi;
 * declare const subscriber: lambda.Function;
 * commands.outbox.history.grantInvoke(subscriber);
 */
export abstract class Outbox extends Construct {
  /** The service whose events these are: the owner of the store. */
  public readonly service: Service;
  /** Publishes commits. */
  public abstract readonly relay: lambda.IFunction;
  /** Reads the history of streams, for subscribers. */
  public abstract readonly history: lambda.IFunction;
  /** What is watched; each does what the bus's `alarmActions` say. */
  public readonly alarms: cloudwatch.Alarm[] = [];

  protected constructor(scope: Construct, id: string) {
    super(scope, id);
    this.service = Service.of(scope);
  }

  /**
   * All that is wrong with what a command API asks.
   * @internal
   */
  public abstract _findings(demand: OutboxDemand): string[];

  /**
   * Lets a command API's handler do its part of the publishing.
   *
   * @returns what the handler has to know for it
   * @internal
   */
  public abstract _serve(demand: OutboxDemand): Record<string, unknown>;

  /** Failures of the relay. */
  public metricRelayErrors(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.relay.metricErrors(props);
  }

  /** @internal */
  protected _watchRelay(): void {
    this.alarms.push(
      watch(this, 'RelayErrors', this.service, {
        metric: this.metricRelayErrors({ period: Duration.minutes(5) }),
        above: 0,
        // What fails is tried again: one failure mends itself, a relay that goes on failing does not.
        periods: 3,
        datapoints: 2,
        description:
          `The relay of ${this.node.path} fails again and again: commits are stored and not published. Its log says ` +
          'why; nothing is lost, and it goes on where it stopped.',
      }),
    );
  }
}
