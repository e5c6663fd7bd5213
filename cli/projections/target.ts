import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SFNClient } from '@aws-sdk/client-sfn';
import { attachLocalCloud, clientOptions } from 'cdk-database-patterns-local';
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

/** The local cloud where one runs for this project, otherwise the account of the usual AWS environment. */
export async function findTarget(options: { readonly account?: boolean }): Promise<Target> {
  const cloud = options.account ? undefined : await attachLocalCloud(stateDirectory()).catch(() => undefined);
  return targetOf(cloud ? 'the local cloud' : 'the account', cloud ? clientOptions(cloud) : {});
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

/** What the SDK says when nobody has told it where an account is, in words that help. */
export function explained(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const unset =
    ['CredentialsProviderError', 'ConfigError'].includes(error.name) || /region is missing/i.test(error.message);
  if (!unset) return error;
  return new UserError(
    'no local cloud runs for this project, and there is no account: start one with "dbpatterns local up", ' +
      'or set AWS_PROFILE (or keys) and AWS_REGION',
    { cause: error },
  );
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
