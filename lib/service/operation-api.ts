import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import type { IService } from './service-api';

/** What a service offers to others, of this app or of another one. */
export interface IOperation extends IConstruct {
  /** The service that serves it. */
  readonly service: IService;
  /** Its name below the service. */
  readonly operationName: string;
  /** The ARN by which it is called: that of an alias. */
  readonly operationArn: string;

  /** Lets a principal call it, and nothing else of the service. */
  grantCall(grantee: iam.IGrantable): iam.Grant;
  /**
   * Gives a function all that it needs to call it: the grant, and the environment variable from which
   * `caller(operation)` of the Lambda library knows the address.
   *
   * @param caller a function of this app
   */
  wire(caller: lambda.IFunction): void;
}
