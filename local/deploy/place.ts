import type { LocalCloud } from '../cloud/cloud.js';
import { clientOptions } from './clients.js';

/** Keys of an account, for as long as they hold. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** Where the CDK deploys to. */
export interface Place {
  readonly region: string;
  readonly credentials: () => Promise<Credentials>;
  /** What this process and the app are told meanwhile; what is undefined is taken from them. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The account, where it is one: the app may then ask it for what it does not know, and has its templates validated. */
  readonly accountId: string | undefined;
}

/** Variables that would lead a client elsewhere. */
const FOREIGN = { AWS_PROFILE: undefined, AWS_SESSION_TOKEN: undefined, AWS_DEFAULT_PROFILE: undefined };

/** The local cloud, as a place to deploy to. */
export function placeOf(cloud: LocalCloud): Place {
  return {
    region: cloud.region,
    credentials: () => Promise.resolve(clientOptions(cloud).credentials),
    environment: { ...FOREIGN, ...cloud.environment, CDK_VALIDATION: 'false' },
    accountId: undefined,
  };
}
