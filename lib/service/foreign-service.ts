import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { ArnFormat, Fn, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { lookUp } from '../private/directory';
import { addFinding, addFindings, nameFindings, OPERATION_NAME, SERVICE_NAME, STREAM_NAME } from '../private/findings';
import { type CalledApi, wireApi } from '../private/rest-api';
import type { DomainEvents } from './domain-events';
import { EventStream } from './event-stream';
import type { IOperation } from './operation-api';
import { OperationBase } from './operation-base';
import type { IService } from './service-api';
import type { IServiceApi } from './service-http-api';

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
  private readonly apis = new Map<string, IServiceApi>();

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

  /**
   * Its command API for a stream.
   *
   * @param streamName the stream that its commands write to
   */
  public commands(streamName: string): IServiceApi {
    return this.api('commands', streamName, `POST/${streamName}/*/*`);
  }

  /**
   * One of its query APIs.
   *
   * @param id the construct id of the API
   */
  public queries(id: string): IServiceApi {
    return this.api('queries', id, 'GET/*');
  }

  private api(kind: CalledApi['kind'], name: string, requests: string): IServiceApi {
    const known = this.apis.get(`${kind}/${name}`);
    if (known !== undefined) {
      return known;
    }
    addFindings(this, nameFindings(`the name in ${kind}`, name, STREAM_NAME));
    const address = this.lookUp(`${kind}/${name}`);
    const api = new ForeignApi(this, `${kind}-${name}`, {
      kind,
      serviceName: this.serviceName,
      name,
      address,
      requests,
    });
    this.apis.set(`${kind}/${name}`, api);
    return api;
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

interface ForeignApiProps {
  readonly kind: CalledApi['kind'];
  readonly serviceName: string;
  readonly name: string;
  /** Its id and its stage, with a slash between them. */
  readonly address: string;
  readonly requests: string;
}

class ForeignApi extends Construct implements IServiceApi {
  public readonly url: string;
  private readonly arn: string;
  private readonly kind: CalledApi['kind'];
  private readonly serviceName: string;
  private readonly apiName: string;

  public constructor(scope: Construct, id: string, props: ForeignApiProps) {
    super(scope, id);
    const { region, urlSuffix } = Stack.of(this);
    const [api, stage] = [0, 1].map((part) => Fn.select(part, Fn.split('/', props.address)));
    this.url = `https://${api}.execute-api.${region}.${urlSuffix}/${stage}/`;
    this.arn = Stack.of(this).formatArn({
      service: 'execute-api',
      resource: props.address,
      resourceName: props.requests,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    this.kind = props.kind;
    this.serviceName = props.serviceName;
    this.apiName = props.name;
  }

  public wire(caller: lambda.IFunction): void {
    wireApi(this, caller, {
      kind: this.kind,
      serviceName: this.serviceName,
      name: this.apiName,
      url: this.url,
      grant: (grantee) =>
        iam.Grant.addToPrincipal({ grantee, actions: ['execute-api:Invoke'], resourceArns: [this.arn] }),
    });
  }
}
