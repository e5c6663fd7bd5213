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

/** A function's role and the log group that it may write to. */
export interface KitRole {
  readonly role: iam.Role;
  readonly logGroup: logs.LogGroup;
}

/**
 * One of the kit's own functions.
 */
export function kitFunction(scope: Construct, id: string, props: KitFunctionProps): lambda.Function {
  const { role, logGroup } = kitRole(scope, id, props.description);
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

/**
 * A role that may write to one log group. The one that the CDK would make carries a managed policy that may write to
 * every log group of the account.
 */
export function kitRole(scope: Construct, id: string, description: string): KitRole {
  const logGroup = new logs.LogGroup(scope, `${id}Logs`, {
    retention: logs.RetentionDays.ONE_MONTH,
    // Logs hold no state of their own: they go with their stack.
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const role = new iam.Role(scope, `${id}Role`, {
    assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    description,
  });
  logGroup.grantWrite(role);
  return { role, logGroup };
}
