import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { tellOf } from '../private/boundary/offers';
import { addFinding } from '../private/findings';
import {
  addMethod,
  apiAddress,
  apiUrl,
  grantRequests,
  RegionalApi,
  warnOfLateAnswers,
  wireApi,
} from '../private/rest-api';
import { setVariable, timeoutOf } from '../private/wiring';
import { type IServiceApi, Service } from '../service';
import { type IStore, StoreAccess } from '../stores';

/** Properties of `QueryApi`. */
export interface QueryApiProps {
  /** Where the answers come from: a view. */
  readonly store: IStore;
  /** The function that answers; `queries({ 'GET /products/{id}': … })` of the Lambda library makes it. */
  readonly handler: lambda.IFunction;
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
   * How long a read waits for what its token asks for, before it answers 409 with how far the view is. Less than the
   * handler's time-out.
   * @default Duration.seconds(2)
   */
  readonly waitLimit?: Duration;
}

/**
 * Answers questions over HTTP: every `GET` goes to one function that may read one store.
 *
 * @example
 * declare const browse: Service;
 * declare const view: DynamoDbStore;
 * declare const handler: lambda.Function;
 * const queries = new QueryApi(browse, 'Queries', { store: view, handler });
 */
export class QueryApi extends Construct implements IServiceApi {
  /** The REST API. */
  public readonly api: apigateway.IRestApi;
  /** The function that answers. */
  public readonly handler: lambda.IFunction;

  public constructor(scope: Construct, id: string, props: QueryApiProps) {
    super(scope, id);
    const { store, handler } = props;
    const service = Service.of(this);
    const waitLimit = props.waitLimit ?? Duration.seconds(2);
    this.handler = handler;
    tellOf(service, `ask its API ${this.node.path} (queries.wire)`);
    this.checkWait(waitLimit, timeoutOf(handler));
    warnOfLateAnswers(this, handler);

    store.wire(handler, StoreAccess.READ);
    setVariable(this, handler, {
      name: 'DBPATTERNS_QUERIES',
      claim: 'the query API',
      value: () => ({ waitLimit: waitLimit.toMilliseconds(), store: store.storeName }),
    });

    this.api =
      props.api ??
      new RegionalApi(this, 'Api', { description: `Queries of ${service.serviceName}`, throttle: props.throttle });
    const anything = this.api.root.getResource('{proxy+}') ?? this.api.root.addResource('{proxy+}');
    addMethod(anything, 'GET', handler);
    const address = apiAddress(this.api);
    if (address !== undefined) {
      service._offer(`queries/${id}`, address);
    }
  }

  /** Where the API answers; ends in a slash. */
  public get url(): string {
    return apiUrl(this, this.api);
  }

  /** Lets a principal ask. */
  public grantAsk(grantee: iam.IGrantable): iam.Grant {
    return grantRequests(grantee, this.api, 'GET', '/*');
  }

  public wire(caller: lambda.IFunction): void {
    wireApi(this, caller, {
      kind: 'queries',
      serviceName: Service.of(this).serviceName,
      name: this.node.id,
      url: this.url,
      grant: (grantee) => this.grantAsk(grantee),
    });
  }

  /** Questions that arrived. */
  public metricQueries(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.handler.metricInvocations(props);
  }

  /** Questions at which the handler itself failed. */
  public metricErrors(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.handler.metricErrors(props);
  }

  /** Time from a question to its answer, in milliseconds. */
  public metricLatency(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.handler.metricDuration(props);
  }

  private checkWait(waitLimit: Duration, timeout: Duration | undefined): void {
    if (timeout !== undefined && waitLimit.toMilliseconds() >= timeout.toMilliseconds()) {
      addFinding(
        this,
        `waitLimit is ${waitLimit.toMilliseconds()} ms, and the handler's timeout ${timeout.toMilliseconds()} ms; allowed: ` +
          'less than the timeout, or the caller gets no answer: shorten the one or raise the other',
      );
    }
  }
}
