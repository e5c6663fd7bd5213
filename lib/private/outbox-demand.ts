import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Duration } from 'aws-cdk-lib/core';

/** What a command API asks of the outbox of its store. */
export interface OutboxDemand {
  /** The function with the command handlers. */
  readonly handler: lambda.IFunction;
  /** How long a repeated command returns its first answer. */
  readonly retention: Duration;
  /**
   * How long published commits are kept.
   * @default - as the outbox thinks best
   */
  readonly historyRetention?: Duration;
}
