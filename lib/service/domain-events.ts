import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';

/** Properties of `DomainEvents`. */
export interface DomainEventsProps {
  /**
   * A bus that exists already.
   * @default - a bus of its own
   */
  readonly eventBus?: events.IEventBus;
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

  public constructor(scope: Construct, id: string, props?: DomainEventsProps) {
    super(scope, id);
    this._alarmActions = props?.alarmActions ?? [];
    this.eventBus = props?.eventBus ?? new events.EventBus(this, 'Bus');
  }
}
