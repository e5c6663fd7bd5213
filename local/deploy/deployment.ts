import type { DeployOptions as How, ExpandStackSelection, StackSelector, Toolkit } from '@aws-cdk/toolkit-lib';
import { LocalCloudError } from '../errors.js';
import { assemblySource, type SynthOptions } from './app.js';
import { withEnvironment } from './environment.js';
import { QuietIoHost, type Approve, type OnDeployProgress } from './io-host.js';
import type { Place } from './place.js';
import { createToolkit } from './toolkit.js';

/** What to deploy. */
export interface AppOptions extends SynthOptions {
  /** Names or patterns of stacks. @default all stacks of the app */
  readonly stacks?: readonly string[];
  readonly onProgress?: OnDeployProgress;
}

/** The outputs of the deployed stacks, by the stacks' names. */
export type StackOutputs = Record<string, Record<string, string>>;

/** How the CDK's toolkit deploys there, and who is asked where permissions change. */
export interface Manner extends Pick<How, 'deploymentMethod' | 'concurrency' | 'stackEventPollingInterval'> {
  readonly approve?: Approve;
}

type Lib = typeof import('@aws-cdk/toolkit-lib');

/**
 * Deploys an app.
 *
 * @throws LocalCloudError `SYNTH_FAILED`, `NO_SUCH_STACK`, `STACKS_NOT_NAMED`, `OTHER_ENVIRONMENT`, `NOT_BOOTSTRAPPED`,
 * `DEPLOY_FAILED`, or what `approve` throws
 */
export function deployApp(place: Place, options: AppOptions, { approve, ...how }: Manner): Promise<StackOutputs> {
  return withToolkit(place, new QuietIoHost(options.onProgress, approve), async (toolkit, lib, host) => {
    options.onProgress?.({ message: 'synthesising' });
    const stacks = selection(lib, options, place, lib.ExpandStackSelection.UPSTREAM);
    const source = await assemblySource(toolkit, options, place);
    const assembly = await toolkit.synth(source, { stacks }).catch(async (cause: unknown) => {
      await refuseUnselected(cause, toolkit, options, place);
      throw new LocalCloudError('SYNTH_FAILED', synthMessage(cause, host), { cause });
    });
    try {
      await refuseElsewhere(toolkit, assembly, place, stacks);
      const result = await toolkit.deploy(assembly, { ...how, stacks, assetParallelism: true });
      if (host.refusal !== undefined) throw host.refusal;
      return Object.fromEntries(result.stacks.map((stack) => [stack.stackName, stack.outputs]));
    } catch (cause) {
      if (host.refusal !== undefined) throw host.refusal;
      const bootstrap = bootstrapMessage(lib, cause);
      if (bootstrap !== undefined) throw new LocalCloudError('NOT_BOOTSTRAPPED', bootstrap, { cause });
      throw failed('could not be deployed', cause, host);
    } finally {
      await assembly.dispose();
    }
  });
}

/**
 * Removes the stacks of an app.
 *
 * @throws LocalCloudError `NO_SUCH_STACK`, `STACKS_NOT_NAMED`, `OTHER_ENVIRONMENT`, `DEPLOY_FAILED`
 */
export function destroyApp(place: Place, options: AppOptions, how: Omit<Manner, 'approve'>): Promise<void> {
  return withToolkit(place, new QuietIoHost(options.onProgress), async (toolkit, lib, host) => {
    // a stack goes after those that need it, and never with those that it needs
    const stacks = selection(lib, options, place, lib.ExpandStackSelection.DOWNSTREAM);
    try {
      await refuseElsewhere(toolkit, await assemblySource(toolkit, options, place), place, stacks);
      await toolkit.destroy(await assemblySource(toolkit, options, place), { ...how, stacks });
    } catch (cause) {
      await refuseUnselected(cause, toolkit, options, place);
      throw failed('could not be removed', cause, host);
    }
  });
}

/** Says which stacks there are, where none has a name or fits a pattern that was given, or none is named. */
async function refuseUnselected(cause: unknown, toolkit: Toolkit, options: AppOptions, place: Place): Promise<void> {
  const what = cause instanceof Error ? cause.name : undefined;
  if (what !== 'NoStacksMatched' && what !== 'MultipleStacksWithoutSelector') return;
  const all = (await toolkit.list(await assemblySource(toolkit, options, place))).map(({ id }) => id).join(', ');
  if (what === 'MultipleStacksWithoutSelector') {
    const message = `the app has several stacks: name those that are meant ('**' is all of them): ${all}`;
    throw new LocalCloudError('STACKS_NOT_NAMED', message, { cause });
  }
  const wanted = (options.stacks ?? []).map((name) => `'${name}'`).join(', ');
  throw new LocalCloudError('NO_SUCH_STACK', `there is no stack ${wanted} in the app: ${all}`, { cause });
}

/** An account and a region were said: what is of others does not go along with it. */
async function refuseElsewhere(
  toolkit: Toolkit,
  assembly: Parameters<Toolkit['list']>[0],
  { accountId, region }: Place,
  stacks: StackSelector,
): Promise<void> {
  if (accountId === undefined) return;
  for (const { id, environment } of await toolkit.list(assembly, { stacks })) {
    const isHere = [accountId, ANY_ACCOUNT].includes(environment.account);
    if (isHere && [region, ANY_REGION].includes(environment.region)) continue;
    const account = environment.account === ANY_ACCOUNT ? 'any account' : `account ${environment.account}`;
    throw new LocalCloudError(
      'OTHER_ENVIRONMENT',
      `the stack ${id} is for ${account}, ${environment.region}, and this is account ${accountId}, ${region}. Nothing ` +
        "was changed. Choose that account and region, or leave the stack to 'cdk deploy'",
    );
  }
}

/** What the CDK says of a stack that goes wherever it is deployed to. */
const ANY_ACCOUNT = 'unknown-account';
const ANY_REGION = 'unknown-region';

function withToolkit<T>(
  place: Place,
  host: QuietIoHost,
  action: (toolkit: Toolkit, lib: Lib, host: QuietIoHost) => Promise<T>,
): Promise<T> {
  return withEnvironment(place.environment, async () => {
    const { toolkit, lib } = await createToolkit(place, host);
    return action(toolkit, lib, host);
  });
}

function selection(lib: Lib, { stacks }: AppOptions, place: Place, expand: ExpandStackSelection): StackSelector {
  const { PATTERN_MUST_MATCH, ONLY_SINGLE, ALL_STACKS } = lib.StackSelectionStrategy;
  if (stacks?.length) return { strategy: PATTERN_MUST_MATCH, patterns: [...stacks], expand };
  // as with the CDK's own command line: one of several may be production's
  return { strategy: place.accountId === undefined ? ALL_STACKS : ONLY_SINGLE };
}

function synthMessage(cause: unknown, host: QuietIoHost): string {
  const said = host.errors.length > 0 ? host.errors.join('\n') : messageOf(cause);
  return `the app could not be synthesised:\n${said}`;
}

/** What to do where the CDK has not been prepared, or too long ago; undefined where it is something else. */
function bootstrapMessage(lib: Lib, error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (!lib.ToolkitError.isBootstrapError(error)) return bootstrapMessage(lib, error.cause);
  const { account, region } = error.environment;
  const missing = /SSM parameter \/cdk-bootstrap\/(\w+)\/version not found/.exec(error.message);
  const [, qualifier = DEFAULT_QUALIFIER] = missing ?? [];
  const own =
    qualifier === DEFAULT_QUALIFIER ? '' : ` --qualifier ${qualifier} --toolkit-stack-name CDKToolkit-${qualifier}`;
  const what = missing ? `account ${account} is not bootstrapped for the CDK in ${region}` : error.message;
  return `${what}. Nothing was changed. Do so once, then deploy again:\n  npx cdk bootstrap aws://${account}/${region}${own}`;
}

const DEFAULT_QUALIFIER = 'hnb659fds';

function failed(what: string, cause: unknown, host: QuietIoHost): LocalCloudError {
  if (cause instanceof LocalCloudError) return cause;
  return new LocalCloudError('DEPLOY_FAILED', failureMessage(what, cause, host), { cause });
}

function failureMessage(what: string, cause: unknown, host: QuietIoHost): string {
  if (host.failures.length === 0) return `the app ${what}: ${messageOf(cause)}`;
  const lines = host.failures.map(
    ({ stack, resource, type, reason }) => `  ${stack}: ${resource} (${type}): ${reason}`,
  );
  return `the app ${what}:\n${[...new Set(lines)].join('\n')}`;
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${message}${cause}`;
}
