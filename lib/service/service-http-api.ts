import type * as lambda from 'aws-cdk-lib/aws-lambda';

/** An HTTP API of a service, of this app or of another one. */
export interface IServiceApi {
  /** Where it answers; ends in a slash. */
  readonly url: string;

  /**
   * Gives a function all that it needs to call it: the grant, and the environment variable from which `queryCaller` or
   * `commandCaller` of the Lambda library knows the address.
   *
   * @param caller a function of this app
   */
  wire(caller: lambda.IFunction): void;
}
