import type { Toolkit } from '@aws-cdk/toolkit-lib';
import { LocalCloudError } from '../errors.js';
import { assemblySource, type SynthOptions } from './app.js';
import { bootstrap } from './bootstrap.js';
import { withEnvironment } from './environment.js';
import { fallbacksIn, refuseFallbacks, unmigrated } from './fallbacks.js';
import { QuietIoHost, type OnDeployProgress } from './io-host.js';
import { runMigrations } from './migrations.js';
import { createToolkit } from './toolkit.js';

/** What to deploy, and where. */
export interface DeployOptions extends SynthOptions {
  /** Names or patterns of stacks. @default all stacks of the app */
  readonly stacks?: readonly string[];
  readonly onProgress?: OnDeployProgress;
}

/** The outputs of the deployed stacks, by the stacks' names. */
export type StackOutputs = Record<string, Record<string, string>>;

/**
 * Milliseconds between two questions about a deployment; the default is made for a cloud with rate limits. LocalStack
 * answers with all events at once each time, and makes nothing meanwhile.
 */
const POLL = { embedded: 100, localstack: 2000, 'localstack-host': 2000 };
const CONCURRENCY = 4;

/**
 * Deploys an app to the local cloud, which is bootstrapped for it once. Where the cloud runs no custom resources, the
 * migrations are applied afterwards.
 *
 * @throws LocalCloudError `SYNTH_FAILED` with what the app said, `NO_SUCH_STACK` with those that it has, `DEPLOY_FAILED`
 * with the resources that failed and why, `TARGET_LACKS` with those that the cloud left out, `MIGRATION_FAILED`
 * @example
 * ```ts
 * const outputs = await deploy({ cloud, app: (outdir) => new StorefrontApp({ outdir }) });
 * ```
 */
export async function deploy(options: DeployOptions): Promise<StackOutputs> {
  const { cloud, onProgress } = options;
  await bootstrap(cloud, () => onProgress?.({ message: 'bootstrapping the local cloud for the CDK' }));
  return withToolkit(options, async (toolkit, lib, host) => {
    onProgress?.({ message: 'synthesising' });
    const source = await assemblySource(toolkit, options);
    const assembly = await toolkit.synth(source, { stacks: selection(lib, options) }).catch(async (cause: unknown) => {
      if (isUnmatched(cause)) {
        const names = (await toolkit.list(await assemblySource(toolkit, options))).map(({ name }) => name);
        const wanted = (options.stacks ?? []).map((name) => `'${name}'`).join(', ');
        throw new LocalCloudError('NO_SUCH_STACK', `there is no stack ${wanted} in the app: ${names.join(', ')}`, {
          cause,
        });
      }
      throw new LocalCloudError('SYNTH_FAILED', synthMessage(cause, host), { cause });
    });
    let outputs: StackOutputs;
    try {
      const result = await toolkit.deploy(assembly, {
        stacks: selection(lib, options),
        deploymentMethod: { method: 'direct' },
        concurrency: CONCURRENCY,
        stackEventPollingInterval: POLL[cloud.target],
        assetParallelism: true,
      });
      outputs = Object.fromEntries(result.stacks.map((stack) => [stack.stackName, stack.outputs]));
    } catch (cause) {
      throw new LocalCloudError('DEPLOY_FAILED', failureMessage('could not be deployed', cause, host), { cause });
    } finally {
      await assembly.dispose();
    }
    const fallbacks = await fallbacksIn(cloud, Object.keys(outputs));
    refuseFallbacks(fallbacks);
    const behind = unmigrated(fallbacks);
    if (behind.length > 0) {
      onProgress?.({ message: 'applying the migrations, since this cloud runs no custom resources' });
      await runMigrations(cloud, behind);
    }
    return outputs;
  });
}

/**
 * Removes the stacks of an app from the local cloud.
 *
 * @throws LocalCloudError `DEPLOY_FAILED` with the resources that failed and why
 */
export async function destroy(options: DeployOptions): Promise<void> {
  await withToolkit(options, async (toolkit, lib, host) => {
    try {
      await toolkit.destroy(await assemblySource(toolkit, options), {
        stacks: selection(lib, options),
        concurrency: CONCURRENCY,
        stackEventPollingInterval: POLL[options.cloud.target],
      });
    } catch (cause) {
      throw new LocalCloudError('DEPLOY_FAILED', failureMessage('could not be removed', cause, host), { cause });
    }
  });
}

type Lib = typeof import('@aws-cdk/toolkit-lib');

function withToolkit<T>(
  options: DeployOptions,
  action: (toolkit: Toolkit, lib: Lib, host: QuietIoHost) => Promise<T>,
): Promise<T> {
  const environment = { ...options.cloud.environment, CDK_VALIDATION: 'false' };
  return withEnvironment(environment, async () => {
    const host = new QuietIoHost(options.onProgress);
    const { toolkit, lib } = await createToolkit(options.cloud, host);
    return action(toolkit, lib, host);
  });
}

function selection(lib: Lib, { stacks }: DeployOptions) {
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
