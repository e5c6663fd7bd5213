import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Duration } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { handlerDirectory } from './handlers';
import { KitRole } from './kit-role';

/** Properties of one of the kit's own functions. */
export interface KitFunctionProps {
  /** Name of the bundled handler: a folder of dist/lambdas. */
  readonly handler: string;
  readonly description: string;
  readonly timeout: Duration;
  /**
   * The code, where it is more than the bundled handler.
   * @default - the bundled handler
   */
  readonly code?: lambda.Code;
}

/** One of the kit's own functions, with its role and its logs. */
export class KitFunction extends KitRole {
  public readonly function: lambda.Function;

  public constructor(scope: Construct, id: string, props: KitFunctionProps) {
    super(scope, id, props);
    this.function = new lambda.Function(this, 'Function', {
      description: props.description,
      runtime: lambda.Runtime.NODEJS_22_X,
      architecture: lambda.Architecture.ARM_64,
      code: props.code ?? lambda.Code.fromAsset(handlerDirectory(props.handler)),
      handler: 'index.handler',
      timeout: props.timeout,
      memorySize: 512,
      role: this.role,
      logGroup: this.logGroup,
    });
  }
}
