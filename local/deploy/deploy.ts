import type { LocalCloud } from '../cloud/cloud.js';
import { bootstrap } from './bootstrap.js';
import { deployApp, destroyApp, type AppOptions, type StackOutputs } from './deployment.js';
import { fallbacksIn, refuseFallbacks, unmigrated } from './fallbacks.js';
import { runMigrations } from './migrations.js';
import { placeOf } from './place.js';

/** What to deploy, and to which local cloud. */
export interface DeployOptions extends AppOptions {
  readonly cloud: LocalCloud;
}

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
  const outputs = await deployApp(placeOf(cloud), options, {
    ...mannerOf(cloud),
    deploymentMethod: { method: 'direct' },
  });
  const fallbacks = await fallbacksIn(cloud, Object.keys(outputs));
  refuseFallbacks(fallbacks);
  const behind = unmigrated(fallbacks);
  if (behind.length > 0) {
    onProgress?.({ message: 'applying the migrations, since this cloud runs no custom resources' });
    await runMigrations(cloud, behind);
  }
  return outputs;
}

/**
 * Removes the stacks of an app from the local cloud.
 *
 * @throws LocalCloudError `DEPLOY_FAILED` with the resources that failed and why
 */
export async function destroy(options: DeployOptions): Promise<void> {
  await destroyApp(placeOf(options.cloud), options, mannerOf(options.cloud));
}

function mannerOf({ target }: LocalCloud) {
  return { concurrency: CONCURRENCY, stackEventPollingInterval: POLL[target] };
}
