import type { DeployOptions as How, Toolkit } from '@aws-cdk/toolkit-lib';
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
 * @throws LocalCloudError `SYNTH_FAILED`, `NO_SUCH_STACK`, `NOT_BOOTSTRAPPED`, `DEPLOY_FAILED`, or what `approve` throws
 */
export function deployApp(place: Place, options: AppOptions, { approve, ...how }: Manner): Promise<StackOutputs> {
  return withToolkit(place, new QuietIoHost(options.onProgress, approve), async (toolkit, lib, host) => {
    options.onProgress?.({ message: 'synthesising' });
    const source = await assemblySource(toolkit, options, place);
    const assembly = await toolkit.synth(source, { stacks: selection(lib, options) }).catch(async (cause: unknown) => {
      if (isUnmatched(cause)) {
        const names = (await toolkit.list(await assemblySource(toolkit, options, place))).map(({ name }) => name);
        const wanted = (options.stacks ?? []).map((name) => `'${name}'`).join(', ');
        throw new LocalCloudError('NO_SUCH_STACK', `there is no stack ${wanted} in the app: ${names.join(', ')}`, {
          cause,
        });
      }
      throw new LocalCloudError('SYNTH_FAILED', synthMessage(cause, host), { cause });
    });
    try {
      const result = await toolkit.deploy(assembly, {
        ...how,
        stacks: selection(lib, options),
        assetParallelism: true,
      });
      return Object.fromEntries(result.stacks.map((stack) => [stack.stackName, stack.outputs]));
    } catch (cause) {
      if (host.refusal !== undefined) throw host.refusal;
      const bootstrap = bootstrapMessage(lib, cause);
      if (bootstrap !== undefined) throw new LocalCloudError('NOT_BOOTSTRAPPED', bootstrap, { cause });
      throw new LocalCloudError('DEPLOY_FAILED', failureMessage('could not be deployed', cause, host), { cause });
    } finally {
      await assembly.dispose();
    }
  });
}

/** Removes the stacks of an app. @throws LocalCloudError `DEPLOY_FAILED` */
export function destroyApp(place: Place, options: AppOptions, how: Omit<Manner, 'approve'>): Promise<void> {
  return withToolkit(place, new QuietIoHost(options.onProgress), async (toolkit, lib, host) => {
    try {
      const source = await assemblySource(toolkit, options, place);
      await toolkit.destroy(source, { ...how, stacks: selection(lib, options) });
    } catch (cause) {
      throw new LocalCloudError('DEPLOY_FAILED', failureMessage('could not be removed', cause, host), { cause });
    }
  });
}

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

function selection(lib: Lib, { stacks }: AppOptions) {
  if (!stacks?.length) return { strategy: lib.StackSelectionStrategy.ALL_STACKS };
  return {
    strategy: lib.StackSelectionStrategy.PATTERN_MUST_MATCH,
    patterns: [...stacks],
    expand: lib.ExpandStackSelection.UPSTREAM,
  };
}

/** Whether it is that no stack has the name, or fits the pattern, that was given. */
function isUnmatched(error: unknown): boolean {
  return error instanceof Error && error.name === 'NoStacksMatched';
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
