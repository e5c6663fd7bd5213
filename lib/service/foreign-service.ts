import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { lookUp } from '../private/directory';
import { addFinding, addFindings, nameFindings, OPERATION_NAME, SERVICE_NAME, STREAM_NAME } from '../private/findings';
import type { DomainEvents } from './domain-events';
import { EventStream } from './event-stream';
import type { IOperation } from './operation-api';
import { OperationBase } from './operation-base';
import type { IService } from './service-api';

/** How a service of another app is found. */
export interface ForeignServiceAttributes {
  /** The name by which it is known on the bus. */
  readonly serviceName: string;
  /** The bus on which it publishes, by its name: `DomainEvents.fromBusName(…)`. */
  readonly events: DomainEvents;
}

/**
 * A service of another app, met by its name. It has streams to follow and operations to call, and nothing else.
 *
 * Made by `Service.fromName(…)`. What it offers is looked up at deploy, in the parameters that the other app has written
 * below the name of the bus; a deployment fails where that service offers no such thing.
 *
 * @example
 * declare const stack: cdk.Stack;
 * const events = DomainEvents.fromBusName(stack, 'Events', 'company');
 * const catalog = Service.fromName(stack, 'Catalog', { serviceName: 'catalog', events });
 * const products = catalog.stream('product');
 * const quote = catalog.operation('Quote');
 */
export class ForeignService extends Construct implements IService {
  /** @internal */
  public static _named(scope: Construct, id: string, attributes: ForeignServiceAttributes): ForeignService {
    return new ForeignService(scope, id, attributes);
  }

  public readonly serviceName: string;
  public readonly events: DomainEvents;
  private readonly streams = new Map<string, EventStream>();
  private readonly operations = new Map<string, IOperation>();

  private constructor(scope: Construct, id: string, attributes: ForeignServiceAttributes) {
    super(scope, id);
    this.serviceName = attributes.serviceName;
    this.events = attributes.events;
    addFindings(this, nameFindings('the service name', this.serviceName, SERVICE_NAME));
    const own = attributes.events._services.get(this.serviceName);
    if (own !== undefined) {
      addFinding(this, `the service "${this.serviceName}" is ${own} of this app; use it itself, without its name`);
    }
    if (attributes.events._directory === undefined) {
      addFinding(
        this,
        `the bus ${attributes.events.node.path} has no name, so that nobody can be met on it; allowed: ` +
          "DomainEvents.fromBusName(this, 'Events', 'company'), and busName: 'company' in the app that owns the bus",
      );
    }
  }

  /**
   * A kind of stream that the service publishes.
   *
   * @param streamName what stands before the slash in `product/85123A`
   */
  public stream(streamName: string): EventStream {
    const known = this.streams.get(streamName);
    if (known !== undefined) {
      return known;
    }
    addFindings(this, nameFindings('the stream', streamName, STREAM_NAME));
    const history = lambda.Function.fromFunctionAttributes(this, `${streamName}History`, {
      functionArn: this.lookUp(`streams/${streamName}`),
      sameEnvironment: true,
    });
    const stream = EventStream._published(this, streamName, history);
    this.streams.set(streamName, stream);
    return stream;
  }

  /**
   * An operation that the service offers.
   *
   * @param name its name below the service
   */
  public operation(name: string): IOperation {
    const known = this.operations.get(name);
    if (known !== undefined) {
      return known;
    }
    const operation = new ForeignOperation(this, `${name}Operation`, {
      service: this,
      name,
      arn: this.lookUp(`operations/${name}`),
    });
    this.operations.set(name, operation);
    return operation;
  }

  private lookUp(what: string): string {
    return lookUp(this, this.events._directory ?? 'unnamed', `${this.serviceName}/${what}`);
  }
}

interface ForeignOperationProps {
  readonly service: IService;
  readonly name: string;
  readonly arn: string;
}

class ForeignOperation extends OperationBase {
  public readonly service: IService;
  public readonly operationName: string;
  public readonly operationArn: string;

  public constructor(scope: Construct, id: string, props: ForeignOperationProps) {
    super(scope, id);
    const { service, name, arn } = props;
    addFindings(this, nameFindings("the operation's name", name, OPERATION_NAME));
    this.service = service;
    this.operationName = name;
    this.operationArn = arn;
  }
}
