import { DescribeExecutionCommand } from '@aws-sdk/client-sfn';
import type { Target } from '../target.js';
import { statusOf, type Status } from './answers.js';
import type { FoundProjection } from './find.js';

/** How a view and its rebuild are, and whether anybody works on it. */
export interface Observed extends Status {
  /** How the execution of a job that is said to run has ended: nobody works on it any more. */
  readonly ended?: string;
}

/** The status of a view; whether the execution of a running job still is one, is asked of Step Functions. */
export async function observed(target: Target, projection: FoundProjection): Promise<Observed> {
  const status = await statusOf(target, projection);
  if (status.job?.state !== 'running') return status;
  const ended = await endOf(target, status.job.id);
  if (ended === undefined) return status;
  // It may have come to its end in between.
  const now = await statusOf(target, projection);
  return now.job?.state === 'running' && now.job.id === status.job.id ? { ...now, ended } : now;
}

async function endOf({ stepFunctions }: Target, executionArn: string): Promise<string | undefined> {
  try {
    const { status } = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
    return status === 'RUNNING' || status === 'PENDING_REDRIVE' ? undefined : status;
  } catch (error) {
    // Step Functions forgets executions 90 days after they have ended.
    if (error instanceof Error && error.name === 'ExecutionDoesNotExist') return 'forgotten';
    throw error;
  }
}
