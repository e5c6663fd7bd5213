import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { tellOf } from '../private/boundary/offers';
import { commandFindings } from '../private/command-findings';
import { addFindings } from '../private/findings';
import { BODY_LIMIT } from '../private/limits';
import {
  addMethod,
  apiAddress,
  apiUrl,
  grantRequests,
  RegionalApi,
  warnOfLateAnswers,
  wireApi,
} from '../private/rest-api';
import { setVariable, timeoutInSeconds } from '../private/wiring';
import { EventStream, type IServiceApi, Service } from '../service';
import { type IWriteModel, StoreAccess } from '../stores';
import type { Outbox } from './outbox';
import { outboxOf } from './outbox-of';

/** Properties of `CommandApi`. */
export interface CommandApiProps {
  /** Where the commands write, together with their events: a PostgreSQL store or a `CommitStore`. */
  readonly store: IWriteModel;
  /**
   * The function with the command handlers of the stream; `commands(stream, { … })` of the Lambda library makes it, or
   * `dynamodbCommands(stream, { … })` for a `CommitStore`. Its time-out is at most 600 s over PostgreSQL, and API Gateway
   * waits for 29 s of it.
   */
  readonly handler: lambda.IFunction;
  /** The name of the stream that the commands write to, as in the contract `stream('product', { … })`. */
  readonly stream: string;
  /**
   * A REST API that exists already; its own authorisation holds where it has one as its default.
   * @default - a regional API of its own that asks for IAM credentials
   */
  readonly api?: apigateway.IRestApi;
  /**
   * How many requests the API's own stage takes. Without meaning where `api` is given.
   * @default - 1,000 a second, in bursts of 1,000
   */
  readonly throttle?: apigateway.ThrottleSettings;
  /**
   * How long a repeated command returns its first answer; whole days.
   * @default Duration.days(7)
   */
  readonly retention?: Duration;
  /**
   * How long published commits are kept in PostgreSQL; views are filled and rebuilt from them. The newest commit of each
   * stream stays. Whole days, at least 8, more than `retention`; of several command APIs of a store the longest counts. A
   * `CommitStore` keeps all.
   * @default Duration.days(730)
   */
  readonly historyRetention?: Duration;
  /**
   * How long the token of an answer is valid.
   * @default Duration.days(1)
   */
  readonly tokenValidity?: Duration;
}

/**
 * Takes commands over HTTP: `POST /{stream}/{id}/{command}`. What a command writes and the events that tell of it are
 * committed together and published afterwards.
 *
 * @example
 * declare const catalog: Service;
 * declare const products: PostgresStore;
 * declare const handler: lambda.Function;
 * const commands = new CommandApi(catalog, 'Commands', { store: products, handler, stream: 'product' });
 */
export class CommandApi extends Construct implements IServiceApi {
  /** The stream that the commands write to, for subscribers. */
  public readonly stream: EventStream;
  /** The way of the events to the bus; shared by all command APIs of the store. */
  public readonly outbox: Outbox;
  /** The REST API. */
  public readonly api: apigateway.IRestApi;
  /** The function with the command handlers. */
  public readonly handler: lambda.IFunction;

  public constructor(scope: Construct, id: string, props: CommandApiProps) {
    super(scope, id);
    const { store, handler } = props;
    const service = Service.of(this);
    const retention = props.retention ?? Duration.days(7);
    const tokenValidity = props.tokenValidity ?? Duration.days(1);
    const demand = { handler, retention, historyRetention: props.historyRetention };
    const outbox = outboxOf(store);
    const findings = [
      ...commandFindings({ stream: props.stream, retention, tokenValidity }),
      ...outbox._findings(demand),
      ...this.claimStream(service, props.stream),
    ];
    addFindings(this, findings);
    warnOfLateAnswers(this, handler);

    this.handler = handler;
    this.outbox = outbox;
    tellOf(service, `follow its stream "${props.stream}" (new Projection(…, { of: commands.stream }))`);
    tellOf(service, `send it commands (commands.wire, ${this.node.path})`);
    this.stream = EventStream._published(service, props.stream, outbox.history);
    service._offer(`streams/${props.stream}`, outbox.history.functionArn);

    store.wire(handler, StoreAccess._COMMANDS);
    const way = outbox._serve(demand);
    setVariable(this, handler, {
      name: 'DBPATTERNS_COMMANDS',
      claim: 'the command API',
      value: () => ({
        service: service.serviceName,
        stream: props.stream,
        ...way,
        functionTimeout: timeoutInSeconds(handler),
        bodyLimit: BODY_LIMIT,
        retentionDays: retention.toDays({ integral: false }),
        tokenValidity: tokenValidity.toSeconds(),
        store: store.storeName,
      }),
    });

    this.api =
      props.api ??
      new RegionalApi(this, 'Api', { description: `Commands of ${service.serviceName}`, throttle: props.throttle });
    // What the CDK would stop at is left out here and reported with all other findings.
    const path = findings.length === 0 ? props.stream : this.node.addr;
    const ofStream = this.api.root.getResource(path) ?? this.api.root.addResource(path);
    addMethod(ofStream.resourceForPath('{id}/{command}'), 'POST', handler);
    const address = apiAddress(this.api);
    if (address !== undefined) {
      service._offer(`commands/${props.stream}`, address);
    }
  }

  /** Where the API answers; ends in a slash. */
  public get url(): string {
    return apiUrl(this, this.api);
  }

  /** Lets a principal send commands to this stream. */
  public grantSend(grantee: iam.IGrantable): iam.Grant {
    return grantRequests(grantee, this.api, 'POST', `/${this.stream.streamName}/*/*`);
  }

  public wire(caller: lambda.IFunction): void {
    const { service, streamName } = this.stream;
    wireApi(this, caller, {
      kind: 'commands',
      serviceName: service.serviceName,
      name: streamName,
      url: this.url,
      grant: (grantee) => this.grantSend(grantee),
    });
  }

  /** Commands that arrived, refused ones included. */
  public metricCommands(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.handler.metricInvocations(props);
  }

  /** Commands at which the handler itself failed; refusals are answers, not failures. */
  public metricErrors(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.handler.metricErrors(props);
  }

  /** Time from a command to its answer, in milliseconds. */
  public metricLatency(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.handler.metricDuration(props);
  }

  private claimStream(service: Service, stream: string): string[] {
    const publisher = service._streams.get(stream);
    service._streams.set(stream, publisher ?? this.node.path);
    return publisher === undefined
      ? []
      : [
          `the stream "${stream}" is published by ${publisher} already; a stream has one command API: put all its ` +
            'commands into one handler, or give the stream another name',
        ];
  }
}
