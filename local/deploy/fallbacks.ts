import { LocalCloudError } from '../errors.js';

/** What CloudFormation says of a resource. */
export interface EventOfResource {
  readonly stack: string;
  readonly resource: string;
  readonly type: string;
  readonly reason: string;
}

/** As LocalStack says it of a resource whose type it does not know: nothing was made, and its attributes are unknown. */
const FALLBACK = /deployed as a fallback/;

/** The custom resource that applies migrations. */
export const MIGRATIONS = 'Custom::DatabaseMigrations';

/** Types that may be left out by the cloud, with the reason why nothing is missing then. */
const DISPENSABLE: Readonly<Record<string, string>> = {
  [MIGRATIONS]: 'the deployment calls the migration functions itself',
};

/** Whether the cloud only claims to have made this resource. */
export function isFallback({ reason }: EventOfResource): boolean {
  return FALLBACK.test(reason);
}

/**
 * Makes sure that a deployment left out nothing that matters.
 *
 * @throws LocalCloudError `TARGET_LACKS` with all that is missing
 */
export function refuseFallbacks(fallbacks: readonly EventOfResource[]): void {
  const missing = fallbacks.filter(({ type }) => !Object.hasOwn(DISPENSABLE, type));
  if (missing.length === 0) return;
  const lines = missing.map(({ stack, resource, type }) => `  ${stack}: ${resource} (${type})`);
  throw new LocalCloudError(
    'TARGET_LACKS',
    `the cloud does not know these types and made nothing of them:\n${[...new Set(lines)].join('\n')}\n` +
      'Choose stores and constructs in the app that this target has (docs/targets.md), or deploy to another target.',
  );
}
