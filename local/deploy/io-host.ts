import type { IIoHost, IoMessage, IoRequest, StackActivity } from '@aws-cdk/toolkit-lib';

/** One line of a deployment. */
export interface DeployProgress {
  /** The stack that it is about, where it is about one. */
  readonly stack?: string;
  readonly message: string;
  /** Resources done and to do, where they are known. */
  readonly completed?: number;
  readonly total?: number;
}

/** Receives the progress of a deployment. */
export type OnDeployProgress = (progress: DeployProgress) => void;

/** What CloudFormation says of a resource. */
interface EventOfResource {
  readonly stack: string;
  readonly resource: string;
  readonly type: string;
  readonly reason: string;
}

/** Says little, asks nothing, and remembers what failed. */
export class QuietIoHost implements IIoHost {
  readonly failures: EventOfResource[] = [];
  readonly errors: string[] = [];

  constructor(private readonly onProgress: OnDeployProgress = () => undefined) {}

  notify(message: IoMessage<unknown>): Promise<void> {
    if (message.code === 'CDK_TOOLKIT_I5502') this.activity(message.data as StackActivity);
    else if (message.code === 'CDK_ASSEMBLY_E1002') this.errors.push(plain(message.message));
    else if (message.level === 'error') this.errors.push(plain(message.message));
    return Promise.resolve();
  }

  requestResponse<T>(message: IoRequest<unknown, T>): Promise<T> {
    return Promise.resolve(message.defaultResponse);
  }

  private activity({ event, metadata, progress }: StackActivity): void {
    const stack = event.StackName ?? '';
    const resource = metadata?.constructPath ?? event.LogicalResourceId ?? '';
    const type = event.ResourceType ?? '';
    const status = event.ResourceStatus ?? '';
    const reason = event.ResourceStatusReason ?? '';
    if (status.endsWith('FAILED') && !/cancelled/i.test(reason) && type !== 'AWS::CloudFormation::Stack') {
      this.failures.push({ stack, resource, type, reason });
    }
    const { completed, total } = progress;
    this.onProgress({
      stack,
      message: `${status} ${type} ${resource}`,
      completed,
      ...(total === undefined ? {} : { total }),
    });
  }
}

function plain(text: string): string {
  // colours of a terminal
  return text.replaceAll(/\u001b\[[0-9;]*m/g, '').trim();
}
