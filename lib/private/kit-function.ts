import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { type Duration, RemovalPolicy } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { handlerDirectory } from './handlers';

/** Properties of one of the kit's own functions. */
export interface KitFunctionProps {
  /** Name of the bundled handler: a folder of dist/lambdas. */
  readonly handler: string;
  readonly description: string;
  readonly timeout: Duration;
  /** The code, where it is more than the bundled handler. */
  readonly code?: lambda.Code;
}

/**
 * One of the kit's own functions.
 *
 * It has its own role, because the one that the CDK would make carries a managed policy that may write to every log
 * group of the account; this one may write to its own.
 */
export function kitFunction(scope: Construct, id: string, props: KitFunctionProps): lambda.Function {
  const logGroup = kitLogGroup(scope, `${id}Logs`);
  const role = new iam.Role(scope, `${id}Role`, {
    assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    description: props.description,
  });
  logGroup.grantWrite(role);
  return new lambda.Function(scope, id, {
    description: props.description,
    runtime: lambda.Runtime.NODEJS_22_X,
    architecture: lambda.Architecture.ARM_64,
    code: props.code ?? lambda.Code.fromAsset(handlerDirectory(props.handler)),
    handler: 'index.handler',
    timeout: props.timeout,
    memorySize: 512,
    role,
    logGroup,
  });
}

/** A log group for something that holds no state of its own: it goes with its stack. */
export function kitLogGroup(scope: Construct, id: string): logs.LogGroup {
  return new logs.LogGroup(scope, id, {
    retention: logs.RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
  });
}
