import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { KitFunction, type KitFunctionProps } from './kit-function';
import { setVariable } from './wiring';

/** One of the kit's functions that asks another function what to do. */
export function asking(
  scope: Construct,
  id: string,
  decider: lambda.IFunction,
  props: KitFunctionProps,
): lambda.Function {
  const handler = new KitFunction(scope, id, props).function;
  // Not by grantInvoke, which grants every version as well.
  iam.Grant.addToPrincipal({
    grantee: handler,
    actions: ['lambda:InvokeFunction'],
    resourceArns: [decider.functionArn],
  });
  setVariable(handler, handler, {
    name: 'DBPATTERNS_DECIDER',
    claim: 'a decider',
    value: () => ({ decider: decider.functionArn }),
  });
  return handler;
}
