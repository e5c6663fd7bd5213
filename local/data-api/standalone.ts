import { readFileSync } from 'node:fs';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SecretReader, type Credentials, type Secrets } from './credentials.js';
import { DataApiError } from './errors.js';
import { MariaDbEngine } from './mariadb/engine.js';
import { PostgresEngine } from './postgres/engine.js';
import { isObject } from './request.js';
import { listenDataApi, type DataApiServer } from './server.js';

/** A Data API over databases that are there. */
export interface StandaloneOptions {
  /** `URL`, for every cluster that is named nowhere else, or `ARN=URL`. */
  readonly postgres: readonly string[];
  /** The same for MariaDB and MySQL. */
  readonly mariadb: readonly string[];
  /** JSON file of secrets: `{ "ARN": { "username": …, "password": … } }`. @default every secret is the URL's user */
  readonly secrets?: string | undefined;
  /** Secrets Manager that has the secrets. @default none */
  readonly secretsEndpoint?: string | undefined;
  /** Refuse rows over 64 KB, too. @default false */
  readonly documentedLimits?: boolean | undefined;
  readonly port: number;
  /** @default 127.0.0.1 */
  readonly host?: string | undefined;
  readonly allowedHosts?: readonly string[] | undefined;
}

/** What was asked for cannot be done; the message says how it is meant. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

interface Address extends Credentials {
  readonly engine: 'postgres' | 'mariadb';
  /** Absent for the one that stands for all others. */
  readonly clusterArn: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly ssl: boolean;
}

/**
 * Starts a Data API over databases that are there.
 *
 * @throws UsageError, LocalCloudError `PORT_TAKEN`
 * @example
 * ```ts
 * const server = await startDataApi({ postgres: ['postgres://me:secret@127.0.0.1/shop'], mariadb: [], port: 0 });
 * ```
 */
export async function startDataApi(options: StandaloneOptions): Promise<DataApiServer> {
  const addresses = [
    ...options.postgres.map((text) => readAddress('postgres', text)),
    ...options.mariadb.map((text) => readAddress('mariadb', text)),
  ];
  if (addresses.length === 0) throw new UsageError('no database: give one with --postgres URL or --mariadb URL');
  const named = addresses.map(({ clusterArn }) => clusterArn);
  const twice = named.find((arn, index) => named.indexOf(arn) < index);
  if (new Set(named).size < named.length) {
    throw new UsageError(`several databases for ${twice ?? 'every cluster'}: name them with ARN=URL`);
  }
  const clusters = (engine: Address['engine']) => ({
    find: async (clusterArn: string) => {
      const address = addressOf(addresses, clusterArn);
      return address?.engine === engine ? serverOf(address) : undefined;
    },
    close: async () => undefined,
  });
  const server = await listenDataApi(options.port, { host: options.host, allowedHosts: options.allowedHosts });
  server.serve({
    engines: [new PostgresEngine(clusters('postgres')), new MariaDbEngine(clusters('mariadb'))],
    secrets: secretsFrom(options, addresses),
    documentedLimits: options.documentedLimits,
  });
  return server;
}

function addressOf(addresses: readonly Address[], clusterArn: string): Address | undefined {
  return (
    addresses.find((one) => one.clusterArn === clusterArn) ?? addresses.find((one) => one.clusterArn === undefined)
  );
}

function serverOf({ host, port, ssl }: Address): { host: string; port: number; ssl?: object } {
  return { host, port, ...(ssl ? { ssl: { rejectUnauthorized: true } } : {}) };
}

const PORTS = { postgres: 5432, mariadb: 3306 };
const PROTOCOLS = { postgres: /^postgres(ql)?:$/, mariadb: /^(mariadb|mysql):$/ };

function readAddress(engine: Address['engine'], text: string): Address {
  const [, clusterArn, address = text] = /^(arn:[^=]+)=(.+)$/.exec(text) ?? [];
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || !PROTOCOLS[engine].test(url.protocol) || url.username === '') {
    // the text may hold a password, so it is not said again
    throw new UsageError(`--${engine} takes [ARN=]${engine}://user:password@host[:port][?sslmode=verify-full]`);
  }
  const sslmode = url.searchParams.get('sslmode') ?? 'disable';
  if (sslmode !== 'disable' && sslmode !== 'verify-full') {
    throw new UsageError(`sslmode is disable or verify-full, not ${sslmode}; NODE_EXTRA_CA_CERTS names your authority`);
  }
  return {
    engine,
    clusterArn,
    host: url.hostname,
    port: Number(url.port || PORTS[engine]),
    ssl: sslmode === 'verify-full',
    username: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  };
}

function secretsFrom({ secrets, secretsEndpoint }: StandaloneOptions, addresses: readonly Address[]): Secrets {
  if (secretsEndpoint !== undefined) return new SecretReader(new SecretsManagerClient({ endpoint: secretsEndpoint }));
  const forget = (): void => undefined;
  if (secrets === undefined) {
    return {
      read: async (_secretArn, resourceArn) => {
        const address = addressOf(addresses, resourceArn);
        if (address) return address;
        throw new DataApiError('InternalServerErrorException', `there is no cluster ${resourceArn}`);
      },
      forget,
    };
  }
  const known = readSecrets(secrets);
  return {
    read: async (secretArn) => {
      const credentials = known.get(secretArn);
      if (credentials) return credentials;
      throw new DataApiError('SecretsErrorException', `the secret ${secretArn} is not in ${secrets}`);
    },
    forget,
  };
}

function readSecrets(file: string): Map<string, Credentials> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new UsageError(`${file} cannot be read as JSON`, { cause });
  }
  const known = new Map<string, Credentials>();
  for (const [arn, secret] of Object.entries(isObject(value) ? value : {})) {
    if (!isObject(secret) || typeof secret.username !== 'string' || typeof secret.password !== 'string') {
      throw new UsageError(`${file} has no username and password for ${arn}`);
    }
    known.set(arn, { username: secret.username, password: secret.password });
  }
  return known;
}
