import { fromIni } from '@aws-sdk/credential-providers';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { LocalCloudError } from '../errors.js';
import { deployApp, destroyApp, type AppOptions, type StackOutputs } from './deployment.js';
import type { Approve } from './io-host.js';
import type { Credentials, Place } from './place.js';

/** An account and a region of AWS, and the keys that lead there. */
export interface AwsAccount {
  readonly accountId: string;
  readonly region: string;
  /** The keys; they are read anew when they have run out. */
  readonly credentials: () => Promise<Credentials>;
}

/** What to deploy, and to which account. */
export interface AccountDeployOptions extends AppOptions {
  readonly account: AwsAccount;
  /** Asked before a stack whose permissions change is changed; one that it throws for is left as it was. */
  readonly approve: Approve;
}

/**
 * The account that the AWS environment names (profiles, keys, roles), as the AWS SDK reads it.
 *
 * @param profile a profile of the configuration @default the environment's
 * @throws LocalCloudError `NO_ACCOUNT` where no region or no valid keys are found
 */
export async function awsAccount(profile?: string): Promise<AwsAccount> {
  // the CDK and the AWS CLI know both names, and before the profile's own region; the SDK knows the first
  const { AWS_DEFAULT_REGION, AWS_REGION: named = AWS_DEFAULT_REGION } = process.env;
  const client = new STSClient({
    ...(named === undefined ? {} : { region: named }),
    // a profile that is named wins over keys of the environment
    ...(profile === undefined ? {} : { profile, credentials: fromIni({ profile }) }),
  });
  try {
    const { Account: accountId = '' } = await client.send(new GetCallerIdentityCommand());
    const { credentials } = client.config;
    return { accountId, region: await client.config.region(), credentials: () => credentials() };
  } catch (error) {
    throw explained(error);
  } finally {
    client.destroy();
  }
}

/** How AWS says that keys are wrong or have run out. */
const REFUSED = /^(ExpiredToken|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch)/;

/** Why the environment leads to no account, and the mend. */
function explained(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message } = error;
  const why = /region is missing/i.test(message)
    ? 'names no region'
    : ['CredentialsProviderError', 'ConfigError'].includes(name)
      ? `names no account (${message})`
      : REFUSED.test(name)
        ? `has keys that AWS does not accept, or not any more (${name}: ${message})`
        : undefined;
  if (why === undefined) return error;
  const mend = 'set AWS_PROFILE (or keys) and AWS_REGION, or sign in again';
  return new LocalCloudError('NO_ACCOUNT', `the AWS environment ${why}: ${mend}`, { cause: error });
}

/**
 * Deploys an app to an account, as `cdk deploy` does: with change sets, and without the databases of a local cloud. Of
 * several stacks those that are named, with those that they depend on.
 *
 * @throws LocalCloudError `SYNTH_FAILED` with what the app said, `NO_SUCH_STACK` and `STACKS_NOT_NAMED` with those that
 * it has, `OTHER_ENVIRONMENT` for a stack of another account or region, `NOT_BOOTSTRAPPED` with the command that does
 * so, `DEPLOY_FAILED` with the resources that failed and why; or what `approve` throws
 * @example
 * ```ts
 * const account = await awsAccount();
 * const outputs = await deployToAccount({ account, app: 'node bin/app.js', approve: async ({ text }) => console.log(text) });
 * ```
 */
export function deployToAccount(options: AccountDeployOptions): Promise<StackOutputs> {
  const { account, approve } = options;
  // one stack after the other, since each may ask
  return deployApp(placeIn(account), options, { approve, deploymentMethod: { method: 'change-set' } });
}

/**
 * Removes the stack of an app from an account; of several those that are named, with those that depend on them.
 *
 * @throws LocalCloudError `DEPLOY_FAILED` with the resources that failed and why; or as `deployToAccount` does, before
 * anything is removed
 */
export function destroyInAccount(options: Omit<AccountDeployOptions, 'approve'>): Promise<void> {
  return destroyApp(placeIn(options.account), options, {});
}

function placeIn({ accountId, region, credentials }: AwsAccount): Place {
  const { AWS_ENDPOINT_URL } = process.env;
  return {
    region,
    credentials,
    environment: { AWS_ENDPOINT_URL, DBPATTERNS_LOCAL_DATABASES: undefined },
    accountId,
  };
}
