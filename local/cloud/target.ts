import { LocalCloudError } from '../errors.js';

/**
 * What stands for AWS: the emulator of the local cloud, LocalStack in containers with the engines beside it, or
 * LocalStack without Docker with the engines of the local cloud.
 */
export type Target = 'embedded' | 'localstack' | 'localstack-host';

const TARGETS: readonly string[] = ['embedded', 'localstack', 'localstack-host'] satisfies Target[];

/**
 * A target by its name.
 *
 * @throws LocalCloudError `INVALID_NAME` with those that there are
 */
export function targetOf(name: string): Target {
  if (isTarget(name)) return name;
  if (name === 'aws') {
    const message =
      "an account is no local cloud: 'dbpatterns deploy --target aws' takes the same app there (docs/aws.md)";
    throw new LocalCloudError('INVALID_NAME', message);
  }
  throw new LocalCloudError('INVALID_NAME', `there is no target '${name}': choose one of ${TARGETS.join(', ')}`);
}

function isTarget(name: string): name is Target {
  return TARGETS.includes(name);
}

/**
 * Makes sure that a target has what is wanted of it.
 *
 * @throws LocalCloudError `TARGET_LACKS`
 */
export function refuseLacking(target: Target, wanted: { readonly auth?: boolean; readonly persist?: boolean }): void {
  if (target === 'embedded') return;
  const lacking = [
    ...(wanted.auth ? ['enforces no IAM (auth)'] : []),
    ...(wanted.persist ? ['keeps no state over a stop (persist)'] : []),
  ];
  if (lacking.length === 0) return;
  throw new LocalCloudError(
    'TARGET_LACKS',
    `LocalStack in its free edition ${lacking.join(' and ')}: start it without, or choose the target 'embedded'`,
  );
}
