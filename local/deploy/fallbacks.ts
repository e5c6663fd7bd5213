import type { LocalCloud } from '../cloud/cloud.js';
import { LocalCloudError } from '../errors.js';
import { deployedResources, type DeployedResource } from './resources.js';

/** The physical id that LocalStack gives to a resource whose type it does not know: nothing was made. */
const FALLBACK = 'unknown';

/** The custom resource that applies migrations. */
const MIGRATIONS = 'Custom::DatabaseMigrations';

/** Types that may be left out by the cloud, with the reason why nothing is missing then. */
const DISPENSABLE: Readonly<Record<string, string>> = {
  [MIGRATIONS]: 'the deployment calls the migration functions itself',
};

/**
 * What deployed stacks only claim to have. The stacks are asked, and not the events of a deployment: one that is repeated
 * changes nothing and has none.
 */
export async function fallbacksIn(cloud: LocalCloud, stacks: readonly string[]): Promise<DeployedResource[]> {
  // the embedded emulator fails where it does not know a type
  if (cloud.target === 'embedded') return [];
  return (await deployedResources(cloud, stacks)).filter(isFallback);
}

/** Whether the cloud only claims to have made this resource. */
export function isFallback({ physicalId }: DeployedResource): boolean {
  return physicalId === FALLBACK;
}

/**
 * Makes sure that a deployment left out nothing that matters.
 *
 * @throws LocalCloudError `TARGET_LACKS` with all that is missing
 */
export function refuseFallbacks(fallbacks: readonly DeployedResource[]): void {
  const missing = fallbacks.filter(({ type }) => !Object.hasOwn(DISPENSABLE, type));
  if (missing.length === 0) return;
  const lines = missing.map(
    ({ stack, resource, type, metadata }) => `  ${stack}: ${pathOf(metadata) ?? resource} (${type})`,
  );
  throw new LocalCloudError(
    'TARGET_LACKS',
    `the cloud does not know these types and made nothing of them:\n${lines.join('\n')}\n` +
      'Choose stores and constructs in the app that this target has (docs/targets.md), or deploy to another target.',
  );
}

/** The stacks whose migrations the cloud has left out. */
export function unmigrated(fallbacks: readonly DeployedResource[]): string[] {
  return [...new Set(fallbacks.flatMap(({ stack, type }) => (type === MIGRATIONS ? [stack] : [])))];
}

/** The construct's path, where the app's templates say it. */
function pathOf(metadata: DeployedResource['metadata']): string | undefined {
  const path = metadata['aws:cdk:path'];
  return typeof path === 'string' ? path : undefined;
}
