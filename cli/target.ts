import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SFNClient } from '@aws-sdk/client-sfn';
import { InvalidArgumentError, type Command } from 'commander';
import {
  attachLocalCloud,
  awsAccount,
  clientOptions,
  LocalCloudError,
  type AwsAccount,
  type LocalCloud,
} from 'cdk-database-patterns-local';
import { stateDirectory } from './project.js';
import { UserError } from './user-error.js';

/** Which cloud a command is for. */
export interface TargetOptions {
  readonly target?: 'aws';
  readonly profile?: string;
}

/** What speaks to the cloud that is asked: the local one of this project, or an account. */
export interface Target {
  /** Which it is, for messages. */
  readonly name: string;
  /** What leads there, for the commands that messages name. */
  readonly flags: string;
  readonly cloudFormation: CloudFormationClient;
  readonly lambda: LambdaClient;
  readonly stepFunctions: SFNClient;
}

/** Adds what leads a command to an account. */
export const targetOptions = (command: Command): Command =>
  command
    .option(
      '--target <target>',
      'aws: the account of the AWS environment, not the local cloud of this project',
      readTarget,
    )
    .option('--profile <name>', 'with --target aws: a profile of the AWS configuration, not what the environment says');

function readTarget(given: string): 'aws' {
  if (given === 'aws') return given;
  throw new InvalidArgumentError(
    'Allowed is aws; without --target it is the local cloud that runs, whatever its target.',
  );
}

/** Whether it is an account that a command is for. @throws UserError for a profile of none */
export function isForAccount({ target, profile }: TargetOptions): boolean {
  if (profile !== undefined && target === undefined) {
    throw new UserError(`--profile ${profile} is for an account: add --target aws`);
  }
  return target === 'aws';
}

/**
 * The local cloud of this project, or the account of the AWS environment where that is asked for.
 *
 * @throws UserError where no local cloud runs: an account is never asked by accident
 */
export async function findTarget(options: TargetOptions): Promise<Target> {
  if (isForAccount(options)) return targetIn(await awsAccount(options.profile), options);
  return targetOn(await localCloud());
}

/** An account, as it is asked. */
export function targetIn({ accountId, region, credentials }: AwsAccount, { profile }: TargetOptions): Target {
  const flags = profile === undefined ? ' --target aws' : ` --target aws --profile ${profile}`;
  return { name: `account ${accountId}, ${region}`, flags, ...clients({ region, credentials }) };
}

/** A local cloud, as it is asked. */
export function targetOn(cloud: LocalCloud): Target {
  return { name: 'the local cloud', flags: '', ...clients(clientOptions(cloud)) };
}

async function localCloud(): Promise<LocalCloud> {
  try {
    return await attachLocalCloud(stateDirectory());
  } catch (error) {
    if (!(error instanceof LocalCloudError) || error.code !== 'NOT_RUNNING') throw error;
    throw new UserError(
      'no local cloud runs for this project: start one with "dbpatterns local up", or add --target aws for the account ' +
        'of the AWS environment',
      { cause: error },
    );
  }
}

function clients(options: Pick<AwsAccount, 'region' | 'credentials'> | ReturnType<typeof clientOptions>) {
  return {
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

/** What the SDK says when the local cloud has ended, in words that help. */
export function explained(error: unknown): unknown {
  const isAway =
    error instanceof Error &&
    'code' in error &&
    error.code === 'ECONNREFUSED' &&
    'address' in error &&
    error.address === '127.0.0.1';
  return isAway ? new UserError('the local cloud has ended', { cause: error }) : error;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
