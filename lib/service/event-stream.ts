import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { offer } from '../private/ownership';
import type { IService } from './service-api';

/**
 * A kind of stream that a service publishes: every `product/85123A`, `product/22423` and so on.
 *
 * Subscribers take whole streams, never single event types, so that a missing version is always a gap.
 */
export class EventStream {
  /** @internal */
  public static _published(service: IService, streamName: string, history: lambda.IFunction): EventStream {
    return new EventStream(service, streamName, history);
  }

  /** The service that publishes it. */
  public readonly service: IService;
  /** Its name: what stands before the slash in `product/85123A`. */
  public readonly streamName: string;
  /** The function that reads the history of one stream: `{ stream, from }` in, `{ commits, more }` out. */
  public readonly history: lambda.IFunction;

  private constructor(service: IService, streamName: string, history: lambda.IFunction) {
    this.service = service;
    this.streamName = streamName;
    this.history = history;
    offer(history);
  }

  /** Lets a principal read the history of these streams: invoke that function and nothing else. */
  public grantHistory(grantee: iam.IGrantable): iam.Grant {
    return iam.Grant.addToPrincipal({
      grantee,
      actions: ['lambda:InvokeFunction'],
      resourceArns: [this.history.functionArn],
    });
  }
}
