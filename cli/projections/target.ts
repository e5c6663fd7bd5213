import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SFNClient } from '@aws-sdk/client-sfn';
import { attachLocalCloud, clientOptions, LocalCloudError, type LocalCloud } from 'cdk-database-patterns-local';
import { stateDirectory } from '../project.js';
import { UserError } from '../user-error.js';

/** What speaks to the cloud that is asked: the local one of this project, or an account. */
export interface Target {
  /** Which it is, for messages. */
  readonly name: string;
  readonly cloudFormation: CloudFormationClient;
  readonly lambda: LambdaClient;
  readonly stepFunctions: SFNClient;
}

/**
 * The local cloud of this project, or the account of the usual AWS environment where that is asked for.
 *
 * @throws UserError where no local cloud runs: an account is never asked by accident
 */
export async function findTarget(options: { readonly account?: boolean }): Promise<Target> {
  return options.account ? targetOf('the account', {}) : targetOf('the local cloud', clientOptions(await localCloud()));
}

async function localCloud(): Promise<LocalCloud> {
  try {
    return await attachLocalCloud(stateDirectory());
  } catch (error) {
    if (!(error instanceof LocalCloudError) || error.code !== 'NOT_RUNNING') throw error;
    throw new UserError(
      'no local cloud runs for this project: start one with "dbpatterns local up", or add --account to ask the account ' +
        'of the AWS environment',
      { cause: error },
    );
  }
}

export function targetOf(name: string, options: Partial<ReturnType<typeof clientOptions>>): Target {
  return {
    name,
    cloudFormation: new CloudFormationClient(options),
    lambda: new LambdaClient(options),
    stepFunctions: new SFNClient(options),
  };
}

/**
 * Calls a function and gives what it answers.
 *
 * @throws UserError with what the function said
 */
export async function call(target: Target, functionName: string, request: object): Promise<unknown> {
  const { Payload, FunctionError } = await target.lambda.send(
    new InvokeCommand({ FunctionName: functionName, Payload: Buffer.from(JSON.stringify(request)) }),
  );
  const answer: unknown = JSON.parse(Buffer.from(Payload ?? []).toString() || 'null');
  if (FunctionError === undefined) return answer;
  const said = isObject(answer) && typeof answer['errorMessage'] === 'string' ? answer['errorMessage'] : FunctionError;
  throw new UserError(said);
}

/** What the SDK says when nobody has told it where an account is, or the local cloud has ended, in words that help. */
export function explained(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const isAway =
    'code' in error && error.code === 'ECONNREFUSED' && 'address' in error && error.address === '127.0.0.1';
  if (isAway) return new UserError('the local cloud has ended', { cause: error });
  const unset =
    ['CredentialsProviderError', 'ConfigError'].includes(error.name) || /region is missing/i.test(error.message);
  if (!unset) return error;
  return new UserError('the AWS environment names no account: set AWS_PROFILE (or keys) and AWS_REGION', {
    cause: error,
  });
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
