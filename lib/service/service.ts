import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct, type IConstruct } from 'constructs';
import { addFinding, addFindings, nameFindings, SERVICE_NAME } from '../private/findings';
import { words } from '../private/words';
import type { DomainEvents } from './domain-events';

/** Found on every service, whichever copy of this package made it. */
const SERVICE = Symbol.for('cdk-database-patterns.Service');

/** Properties of `Service`. */
export interface ServiceProps {
  /** The bus on which the service publishes its streams. */
  readonly events: DomainEvents;
  /**
   * The name by which other services know this one: the source of its events. Lower-case letters, digits and hyphens.
   * @default - the construct id in kebab case: `OrderDesk` is `order-desk`
   */
  readonly serviceName?: string;
}

/**
 * An owner of stores, functions and streams. Whatever is created below it belongs to it.
 *
 * @example
 * declare const stack: cdk.Stack;
 * declare const events: DomainEvents;
 * const catalog = new Service(stack, 'Catalog', { events });
 * const products = new PostgresStore(catalog, 'Products', { migrations: 'catalog/sql' });
 */
export class Service extends Construct {
  /**
   * The nearest service at or above a construct: its owner.
   *
   * @param construct where to start
   * @throws where no service is above it
   */
  public static of(construct: IConstruct): Service {
    let scope: IConstruct | undefined = construct;
    while (scope !== undefined) {
      if (isService(scope)) {
        return scope;
      }
      scope = scope.node.scope;
    }
    throw new Error(
      `${construct.node.path} has no service above it; stores, APIs and projections belong to one: create it below a ` +
        "service, as in: const catalog = new Service(this, 'Catalog', { events }); pass `catalog` as its scope",
    );
  }

  /** The name by which other services know this one: the source of its events. */
  public readonly serviceName: string;
  /** The bus on which the service publishes its streams. */
  public readonly events: DomainEvents;
  /**
   * Stream name to the path of the construct that publishes it.
   * @internal
   */
  public readonly _streams = new Map<string, string>();

  public constructor(scope: Construct, id: string, props: ServiceProps) {
    super(scope, id);
    Object.defineProperty(this, SERVICE, { value: true });
    this.events = props.events;
    this.serviceName = props.serviceName ?? words(id).join('-');
    addFindings(this, nameFindings('the service name', this.serviceName, SERVICE_NAME));
    const namesake = props.events._services.get(this.serviceName);
    if (namesake !== undefined) {
      addFinding(
        this,
        `the service name is "${this.serviceName}", which ${namesake} has on the same bus; subscribers would mix their ` +
          'events: give one of them another serviceName',
      );
    }
    props.events._services.set(this.serviceName, namesake ?? this.node.path);
  }

  /**
   * Lets a principal publish as this service, and as no other one.
   * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
   * @internal
   */
  public _grantPublish(grantee: iam.IGrantable): iam.Grant {
    return iam.Grant.addToPrincipal({
      grantee,
      actions: ['events:PutEvents'],
      resourceArns: [this.events.eventBus.eventBusArn],
      // A request may hold entries of several sources: all of them have to be this one.
      conditions: { 'ForAllValues:StringEquals': { 'events:source': this.serviceName } },
    });
  }
}

function isService(construct: IConstruct): construct is Service {
  return SERVICE in construct;
}
