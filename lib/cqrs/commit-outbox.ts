import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Duration } from 'aws-cdk-lib/core';
import { watch } from '../private/alarms';
import { KitFunction } from '../private/kit-function';
import { ENTRY_LIMIT } from '../private/limits';
import { describe } from '../private/metadata';
import type { OutboxDemand } from '../private/outbox-demand';
import { commitOutboxFindings } from '../private/outbox-findings';
import { setVariable } from '../private/wiring';
import { type ICommitStore, StoreAccess } from '../stores';
import { Outbox } from './outbox';

/** A table's stream keeps a change for 24 hours; this is early enough to do something about it. */
const LATE = Duration.hours(1);

/**
 * The outbox of a store of commits: the table itself, whose stream brings what was inserted to the relay function.
 *
 * The stream keeps 24 hours. What was not published by then is published by the republish function, which reads the
 * table: `{ "from": "2026-03-01T08:00:00Z" }`, again with the `cursor` of its answer until there is none.
 *
 * @example
 * declare const commands: CommandApi;
 * declare const operator: lambda.Function;
 * if (commands.outbox instanceof CommitOutbox) {
 *   commands.outbox.republish.grantInvoke(operator);
 * }
 */
export class CommitOutbox extends Outbox {
  /** @internal */
  public static _for(store: ICommitStore, id: string): Outbox {
    return new CommitOutbox(store, id);
  }

  public readonly relay: lambda.IFunction;
  public readonly history: lambda.IFunction;
  /** Publishes the commits of a time again: `{ from, cursor? }` in, `{ published, cursor? }` out. */
  public readonly republish: lambda.IFunction;

  private constructor(store: ICommitStore, id: string) {
    super(store, id);
    const relay = new KitFunction(this, 'Relay', {
      handler: 'commit-relay',
      description: `Publishes the commits of ${store.node.path}`,
      timeout: Duration.minutes(1),
    }).function;
    const history = new KitFunction(this, 'History', {
      handler: 'commit-history',
      description: `Reads the history of streams of ${store.node.path}`,
      timeout: Duration.seconds(30),
    }).function;
    const republish = new KitFunction(this, 'Republish', {
      handler: 'republish',
      description: `Publishes commits of ${store.node.path} again`,
      timeout: Duration.minutes(1),
    }).function;
    const accesses = [
      { reader: relay, access: StoreAccess._RELAY },
      { reader: history, access: StoreAccess._HISTORY },
      { reader: republish, access: StoreAccess._REPUBLISH },
    ];
    for (const { reader, access } of accesses) {
      store.wire(reader, access);
      setVariable(this, reader, {
        name: 'DBPATTERNS_OUTBOX',
        claim: 'the outbox',
        value: () => ({
          service: this.service.serviceName,
          bus: this.service.events.eventBus.eventBusName,
          entryLimit: ENTRY_LIMIT,
          store: store.storeName,
        }),
      });
    }
    this.service._grantPublish(relay);
    this.service._grantPublish(republish);
    // Where the CDK would stop, the store has a finding.
    if (store.table.tableStreamArn !== undefined) {
      relay.addEventSource(
        // Neither partial failures nor bisect, and tried without end: the relay succeeds whole or throws whole, so that
        // no commit is passed over.
        new DynamoEventSource(store.table, {
          startingPosition: lambda.StartingPosition.TRIM_HORIZON,
          batchSize: 100,
          // Items of state have no commit in them.
          filters: [
            lambda.FilterCriteria.filter({
              eventName: ['INSERT'],
              dynamodb: { NewImage: { commit: { S: [{ exists: true }] } } },
            }),
          ],
        }),
      );
    }
    describe(republish, { kind: 'commits', service: this.service.serviceName, store: store.node.id });

    this.relay = relay;
    this.history = history;
    this.republish = republish;
    this._watchRelay();
    this.alarms.push(
      watch(this, 'StreamAge', this.service, {
        metric: this.metricStreamAge(),
        above: LATE.toMilliseconds(),
        description:
          `The relay of ${store.node.path} is more than ${LATE.toHours()} h behind, and the table's stream keeps 24 h. ` +
          'Its log says why. Beyond 24 h, invoke the republish function with the time from which on commits are missing.',
      }),
    );
  }

  /** @internal */
  public _findings(demand: OutboxDemand): string[] {
    return commitOutboxFindings(demand);
  }

  /**
   * The handler only writes: the table's stream does the rest.
   * @internal
   */
  public _serve(_demand: OutboxDemand): Record<string, unknown> {
    return {};
  }

  /** How far the relay is behind the table's stream, in milliseconds; the stream keeps 24 hours. */
  public metricStreamAge(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.relay.metric('IteratorAge', { statistic: 'Maximum', period: Duration.minutes(5), ...props });
  }
}
