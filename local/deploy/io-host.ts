import type {
  DeployConfirmationRequest,
  IIoHost,
  IoMessage,
  IoRequest,
  StackActivity,
  SuccessfulDeployStackResult,
  ValidateResult,
} from '@aws-cdk/toolkit-lib';
import { LocalCloudError } from '../errors.js';

/** One line of a deployment. */
export interface DeployProgress {
  /** The stack that it is about, where it is about one. */
  readonly stack?: string;
  readonly message: string;
  /** Resources done and to do, where they are known. */
  readonly completed?: number;
  readonly total?: number;
  /** Whether it is to be read at the end as well: a warning of the app, a stack that has not changed. */
  readonly lasting?: boolean;
}

/** The permissions and security groups of a stack that change, before they do. */
export interface PermissionChanges {
  readonly stack: string;
  /** As `cdk deploy` shows them. */
  readonly text: string;
}

/** Settles when permissions may change; throws where they shall not. */
export type Approve = (changes: PermissionChanges) => Promise<void>;

/** Receives the progress of a deployment. */
export type OnDeployProgress = (progress: DeployProgress) => void;

/** What CloudFormation says of a resource. */
interface EventOfResource {
  readonly stack: string;
  readonly resource: string;
  readonly type: string;
  readonly reason: string;
}

/** Says little, asks at most for permissions, and remembers what failed. */
export class QuietIoHost implements IIoHost {
  readonly failures: EventOfResource[] = [];
  readonly errors: string[] = [];
  /** Why something may not be done. */
  refusal: Error | undefined;

  constructor(
    private readonly onProgress: OnDeployProgress = () => undefined,
    private readonly approve?: Approve,
  ) {}

  notify(message: IoMessage<unknown>): Promise<void> {
    if (message.code === 'CDK_TOOLKIT_I5502') this.activity(message.data as StackActivity);
    else if (message.code === 'CDK_TOOLKIT_I5900') this.deployed(message);
    else if (message.code === 'CDK_TOOLKIT_E9600') this.validated(message);
    else if (message.code === 'CDK_ASSEMBLY_E1002') this.errors.push(plain(message.message));
    else if (message.level === 'error') this.errors.push(plain(message.message));
    return Promise.resolve();
  }

  async requestResponse<T>(message: IoRequest<unknown, T>): Promise<T> {
    if (this.approve === undefined) return message.defaultResponse;
    if (message.code !== 'CDK_TOOLKIT_I5060') {
      // to remove a stack that has become empty, for example, or to roll one back
      const refusal = `the CDK asks "${plain(message.message)}", which is not answered here: leave it to 'npx cdk'`;
      this.refusal = new LocalCloudError('DEPLOY_FAILED', refusal);
      return false as T;
    }
    const { motivation, permissionChangeType, templateDiffs } = message.data as DeployConfirmationRequest;
    const { PermissionChangeType } = await import('@aws-cdk/toolkit-lib');
    if (permissionChangeType === PermissionChangeType.NONE) return message.defaultResponse;
    const [stack = ''] = Object.keys(templateDiffs);
    const [text = ''] = plain(message.message).split(`\n\n${motivation}`);
    try {
      await this.approve({ stack, text: text.trim() });
      return message.defaultResponse;
    } catch (error) {
      this.refusal = error instanceof Error ? error : new Error(String(error));
      // answered, not thrown: the toolkit then takes back what it has prepared
      return false as T;
    }
  }

  /** What the app's constructs say, warnings only as well; it is reported at the synth and at the deployment. */
  private validated({ message, data }: IoMessage<unknown>): void {
    const text = plain(message);
    if (text === '' || this.errors.includes(text)) return;
    this.errors.push(text);
    if ((data as ValidateResult).conclusion !== 'failure') this.onProgress({ message: text, lasting: true });
  }

  private deployed({ message, data }: IoMessage<unknown>): void {
    if ((data as SuccessfulDeployStackResult).noOp) this.onProgress({ message: plain(message), lasting: true });
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
