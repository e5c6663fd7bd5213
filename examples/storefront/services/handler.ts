import { fileURLToPath } from 'node:url';
import { Duration } from 'aws-cdk-lib/core';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

/** A function with one of the handlers that `npm run build` bundles to dist/handlers. */
export function handler(scope: Construct, name: string): lambda.Function {
  return new lambda.Function(scope, `Handler-${name}`, {
    runtime: lambda.Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: lambda.Code.fromAsset(fileURLToPath(new URL(`../dist/handlers/${name}`, import.meta.url))),
    memorySize: 512,
    timeout: Duration.seconds(30),
  });
}
