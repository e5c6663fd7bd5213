import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import { ArnFormat, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { onlyAsItself } from '../private/closed';
import { addFinding, addFindings, BUS_NAME, nameFindings } from '../private/findings';
import { cfnResource } from '../private/metadata';

/** Properties of `DomainEvents`. */
export interface DomainEventsProps {
  /**
   * A bus that exists already.
   * @default - a bus of its own
   */
  readonly eventBus?: events.IEventBus;
  /**
   * The name of a new bus, by which other apps meet the services on it. What these offer, streams and operations, is then
   * written to Parameter Store, and their stores and queues are closed to all other roles of the account.
   * @default - a bus without a name of its own: all services on it are in this app
   */
  readonly busName?: string;
  /**
   * Who is told when an alarm of a service on this bus is raised: a topic, as in `new SnsAction(topic)`.
   * @default - nobody; the alarms are there to be looked at
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];
}

/**
 * The bus over which services tell each other what happened.
 *
 * It carries commits and keeps nothing: history belongs to the services that publish.
 *
 * @example
 * declare const stack: cdk.Stack;
 * const pager = new actions.SnsAction(new sns.Topic(stack, 'Pager'));
 * const domainEvents = new DomainEvents(stack, 'Events', { alarmActions: [pager] });
 * const catalog = new Service(stack, 'Catalog', { events: domainEvents });
 */
export class DomainEvents extends Construct {
  /**
   * A bus of another app of the account and region, made with this `busName`. Services of this app may publish on it, and
   * those of other apps are met there: `Service.fromName`.
   */
  public static fromBusName(scope: Construct, id: string, busName: string): DomainEvents {
    const eventBus = events.EventBus.fromEventBusName(scope, `${id}Bus`, busName);
    const domainEvents = new DomainEvents(scope, id, { eventBus });
    addFindings(domainEvents, nameFindings('busName', busName, BUS_NAME));
    domainEvents.directory = busName;
    return domainEvents;
  }

  /** The EventBridge bus. */
  public readonly eventBus: events.IEventBus;
  /**
   * Service name to the path of the service that has it.
   * @internal
   */
  public readonly _services = new Map<string, string>();
  /**
   * What every alarm of a service on this bus does.
   * @internal
   */
  public readonly _alarmActions: readonly cloudwatch.IAlarmAction[];
  private directory: string | undefined;

  public constructor(scope: Construct, id: string, props?: DomainEventsProps) {
    super(scope, id);
    const { eventBus, busName } = props ?? {};
    this._alarmActions = props?.alarmActions ?? [];
    this.directory = busName;
    const findings = busName === undefined ? [] : nameFindings('busName', busName, BUS_NAME);
    addFindings(this, findings);
    if (eventBus !== undefined && busName !== undefined) {
      addFinding(this, 'eventBus and busName are given; a bus that exists has its name: leave one of the two out');
    }
    this.eventBus = eventBus ?? this.newBus(findings.length === 0 ? busName : undefined);
  }

  /**
   * The name below which services write down what they offer; left out where no other app is met.
   * @internal
   */
  public get _directory(): string | undefined {
    return this.directory;
  }

  /** The policy is part of the bus and no resource by itself, which not every target knows. */
  private newBus(busName: string | undefined): events.IEventBus {
    const bus = new events.EventBus(this, 'Bus', { eventBusName: busName });
    const resource = cfnResource(bus);
    if (busName !== undefined && resource instanceof events.CfnEventBus) {
      const arn = Stack.of(this).formatArn({
        service: 'events',
        resource: 'event-bus',
        resourceName: busName,
        arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
      });
      resource.policy = { Version: '2012-10-17', Statement: [onlyAsItself(arn)] };
    }
    return bus;
  }
}
