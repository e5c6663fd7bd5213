import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Annotations, Names } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { API_GATEWAY_TIMEOUT } from './limits';
import { offerVariable } from './store-names';
import { setVariable, timeoutOf } from './wiring';

const THROTTLE: Required<apigateway.ThrottleSettings> = { rateLimit: 1000, burstLimit: 1000 };

export interface RegionalApiProps {
  readonly description: string;
  /**
   * How many requests it takes.
   * @default - 1,000 a second, in bursts of 1,000
   */
  readonly throttle?: apigateway.ThrottleSettings;
}

/** A regional REST API that asks for IAM credentials and does not let one caller take the whole account's rate. */
export class RegionalApi extends apigateway.RestApi {
  public constructor(scope: Construct, id: string, props: RegionalApiProps) {
    super(scope, id, {
      // Metrics are told apart by it, and the CDK would name every one of them by its id, "Api".
      restApiName: Names.uniqueResourceName(scope, { maxLength: 128 }),
      description: props.description,
      endpointTypes: [apigateway.EndpointType.REGIONAL],
      defaultMethodOptions: { authorizationType: apigateway.AuthorizationType.IAM },
      // The role for API Gateway's logs is one for the whole account and region: it is not a construct's to change.
      cloudWatchRole: false,
      deployOptions: {
        throttlingRateLimit: props.throttle?.rateLimit ?? THROTTLE.rateLimit,
        throttlingBurstLimit: props.throttle?.burstLimit ?? THROTTLE.burstLimit,
      },
    });
  }
}

/** Adds a method that asks for IAM credentials, unless the API it is added to has its own idea of authorisation. */
export function addMethod(
  resource: apigateway.IResource,
  method: string,
  handler: lambda.IFunction,
): apigateway.Method {
  const defaults = resource.defaultMethodOptions;
  const decided = defaults?.authorizationType !== undefined || defaults?.authorizer !== undefined;
  return resource.addMethod(
    method,
    new apigateway.LambdaIntegration(handler, { allowTestInvoke: false }),
    decided ? {} : { authorizationType: apigateway.AuthorizationType.IAM },
  );
}

/** Where the API answers. */
export function apiUrl(scope: Construct, api: apigateway.IRestApi): string {
  const stage = stageOf(api);
  if (stage === undefined) {
    throw new Error(
      `${scope.node.path} stands in an imported API, whose stages are not known here; write the URL down where the API ` +
        'is deployed',
    );
  }
  return stage.urlForPath('/');
}

/** Lets a principal send requests to one path of an API. */
export function grantRequests(
  grantee: iam.IGrantable,
  api: apigateway.IRestApi,
  method: string,
  path: string,
): iam.Grant {
  return iam.Grant.addToPrincipal({
    grantee,
    actions: ['execute-api:Invoke'],
    resourceArns: [api.arnForExecuteApi(method, path, stageOf(api)?.stageName ?? '*')],
  });
}

/** An API that a function calls. */
export interface CalledApi {
  readonly kind: 'commands' | 'queries';
  readonly serviceName: string;
  /** The stream of a command API, or the construct id of a query API. */
  readonly name: string;
  readonly url: string;
  readonly grant: (grantee: iam.IGrantable) => iam.Grant;
}

/** Gives a function all that it needs to call an API. */
export function wireApi(scope: Construct, caller: lambda.IFunction, api: CalledApi): void {
  const set = setVariable(scope, caller, {
    name: offerVariable(api.kind, api.serviceName, api.name),
    claim: 'a caller of the API',
    value: () => ({ url: api.url }),
  });
  if (set) {
    api.grant(caller);
  }
}

/** What stands in ARNs and URLs of an API: its id and its stage. Nothing of an imported one. */
export function apiAddress(api: apigateway.IRestApi): string | undefined {
  const stage = stageOf(api);
  return stage === undefined ? undefined : `${api.restApiId}/${stage.stageName}`;
}

/** The CDK says that there always is one; an imported API has none. */
function stageOf(api: apigateway.IRestApi): apigateway.Stage | undefined {
  return api.deploymentStage;
}

/** Warns of a handler that goes on after API Gateway gave up on it. */
export function warnOfLateAnswers(scope: Construct, handler: lambda.IFunction): void {
  const seconds = timeoutOf(handler)?.toSeconds();
  if (seconds !== undefined && seconds > API_GATEWAY_TIMEOUT) {
    Annotations.of(scope).addWarningV2(
      'cdk-database-patterns:lateAnswer',
      `the handler ${handler.node.path} may take ${seconds} s, and API Gateway gives up after ${API_GATEWAY_TIMEOUT} s; ` +
        `the caller would not learn the outcome: set its timeout to ${API_GATEWAY_TIMEOUT} s or less`,
    );
  }
}
