import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct, type IConstruct } from 'constructs';
import { enforceBoundary } from '../private/boundary/register';
import { close } from '../private/closed';
import { putUp } from '../private/directory';
import { addFinding, addFindings, nameFindings, SERVICE_NAME } from '../private/findings';
import { isService, own, ownerOf } from '../private/ownership';
import { encryptWith } from '../private/service-key';
import { words } from '../private/words';
import type { DomainEvents } from './domain-events';
import { ForeignService, type ForeignServiceAttributes } from './foreign-service';
import { Operation } from './operation';
import type { IService } from './service-api';

/** Properties of `Service`. */
export interface ServiceProps {
  /** The bus on which the service publishes its streams. */
  readonly events: DomainEvents;
  /**
   * The name by which other services know this one: the source of its events. Lower-case letters, digits and hyphens.
   * @default - the construct id in kebab case: `OrderDesk` is `order-desk`
   */
  readonly serviceName?: string;
  /**
   * A key of your own for all that the service stores: tables, clusters, secrets of database users. A store may have
   * another one. The stack has to have a region where the service has tables.
   * @default - each store as it says itself; without a key of yours it is one of AWS
   */
  readonly encryptionKey?: kms.IKey;
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
export class Service extends Construct implements IService {
  /**
   * The nearest service at or above a construct: its owner.
   *
   * @param construct where to start
   * @throws where no service is above it
   */
  public static of(construct: IConstruct): Service {
    const owner = ownerOf(construct);
    if (isOwner(owner)) {
      return owner;
    }
    throw new Error(
      `${construct.node.path} has no service above it; stores, APIs and projections belong to one: create it below a ` +
        "service, as in: const catalog = new Service(this, 'Catalog', { events }); pass `catalog` as its scope",
    );
  }

  /**
   * A service of another app of the account and region, met by its name on a bus that has one.
   *
   * @param scope where its references stand; it owns nothing here
   * @param id the id of the construct
   * @param attributes its name and the bus
   */
  public static fromName(scope: Construct, id: string, attributes: ForeignServiceAttributes): ForeignService {
    return ForeignService._named(scope, id, attributes);
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
    own(this);
    enforceBoundary(this);
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
    if (props.encryptionKey !== undefined) {
      encryptWith(this, props.encryptionKey);
    }
    props.events._services.set(this.serviceName, namesake ?? this.node.path);
    if (props.events._directory !== undefined) {
      close(this, this.serviceName);
    }
  }

  /**
   * Offers an operation to others: a function of this service that is called through an alias, by those that it is given
   * to, `operation.wire(fn)`.
   *
   * @param name as in the contract, `operation('inventory', 'Reserve', { … })`: letters and digits
   * @param handler a function of this service; `serve(contract, …)` of the Lambda library makes it. It serves one operation
   */
  public operation(name: string, handler: lambda.Function): Operation {
    const operation = Operation._offered(this, name, handler);
    this._offer(`operations/${name}`, operation.operationArn);
    return operation;
  }

  /**
   * Writes down where other apps find something, where the bus has a name by which they can be met.
   * @internal
   */
  public _offer(what: string, arn: string): void {
    if (this.events._directory !== undefined) {
      putUp(this, this.events._directory, `${this.serviceName}/${what}`, arn);
    }
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

function isOwner(construct: IConstruct | undefined): construct is Service {
  return construct !== undefined && isService(construct);
}
