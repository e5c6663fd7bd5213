import { fileURLToPath } from 'node:url';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Duration, RemovalPolicy } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';

/** A function with one of the handlers that `npm run build` bundles to dist/handlers. It writes to its own log only. */
export function handler(scope: Construct, name: string): lambda.Function {
  const logGroup = new logs.LogGroup(scope, `Logs-${name}`, {
    retention: logs.RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const role = new iam.Role(scope, `Role-${name}`, { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  logGroup.grantWrite(role);
  return new lambda.Function(scope, `Handler-${name}`, {
    runtime: lambda.Runtime.NODEJS_22_X,
    architecture: lambda.Architecture.ARM_64,
    handler: 'index.handler',
    code: lambda.Code.fromAsset(fileURLToPath(new URL(`../dist/handlers/${name}`, import.meta.url))),
    memorySize: 512,
    timeout: Duration.seconds(29),
    role,
    logGroup,
  });
}
