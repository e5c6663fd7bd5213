import {
  CreateSecretCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { LOCAL_ACCESS_KEY, LOCAL_ACCOUNT, LOCAL_REGION } from '../emulator/emulator.js';
import {
  asSuperuser,
  ensureDatabase,
  listDatabases,
  type DatabaseRecord,
  type Superuser,
} from '../postgres/databases.js';
import { ensureDatabase as ensureInMariaDb, listDatabases as listInMariaDb } from '../mariadb/databases.js';
import { asRoot, type Root } from '../mariadb/server.js';
import { LocalCloudError } from '../errors.js';
import { readDatabase, type DatabaseEngine } from './database-engine.js';
import type { Target } from './target.js';

/** A database of the local cloud, as `PostgresStore.fromDataApi` takes it. */
export interface LocalDatabase {
  readonly clusterArn: string;
  /** Secret of the database's owner, which stands for the cluster's master user. */
  readonly secretArn: string;
  readonly database: string;
  readonly engine: DatabaseEngine;
  /** Connection string of the superuser, for looking around with psql or mariadb. */
  readonly url: string;
}

/** A running local cloud. */
export interface LocalCloud {
  readonly stateDirectory: string;
  /** The AWS endpoint, `http://127.0.0.1:<port>`. */
  readonly endpoint: string;
  /** The RDS Data API endpoint. */
  readonly dataApiEndpoint: string;
  readonly region: string;
  readonly accountId: string;
  /** Whether IAM is enforced. */
  readonly auth: boolean;
  /** Whether the RDS Data API refuses rows over 64 KB. */
  readonly documentedLimits: boolean;
  /** What stands for AWS. */
  readonly target: Target;
  /**
   * The environment that leads an AWS SDK, the CDK and the apps to this cloud: endpoints, credentials, region, and
   * `DBPATTERNS_LOCAL_DATABASES` (JSON: name → clusterArn and secretArn).
   */
  readonly environment: Record<string, string>;
  /** The databases known to this object, by name. */
  readonly databases: Readonly<Record<string, LocalDatabase>>;
  /** Where what is made once lies: the emulator's Python, an empty PostgreSQL. */
  readonly cacheDirectory: string;
  /**
   * Makes a database, or answers the one of that name.
   *
   * @param asked its name for one of PostgreSQL, `mariadb:` and its name for one of MariaDB
   * @throws LocalCloudError `INVALID_NAME`, or `NOT_RUNNING` where another process keeps the cloud, without MariaDB
   */
  createDatabase(asked: string): Promise<LocalDatabase>;
  /** The local address of a REST API, from the address that a stack's outputs give it. */
  httpUrl(awsUrl: string): string;
  /** Ends the cloud and everything that it started; settles when all has ended. */
  stop(): Promise<void>;
}

/** A local cloud in the process that keeps it. */
export interface StartedCloud extends LocalCloud {
  /**
   * Takes a part away and brings it back at the same address, to see what an app makes of that. PostgreSQL is killed,
   * its sessions with it, and recovers as from a crash. The emulator is never killed, because it would lose what AWS
   * does not: it ends cleanly and loads its state again, so the cloud must have been started with `persist`.
   *
   * @param meanwhile done while the part is away; it comes back when this settles
   * @throws LocalCloudError `NOT_KEPT` for the emulator of a cloud without `persist`
   */
  restart(part: 'emulator' | 'postgres', meanwhile?: () => Promise<void>): Promise<void>;
}

/** The environment that leads a client to an emulator. */
export function cloudEnvironment(endpoint: string, dataApiEndpoint: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_RDS_DATA: dataApiEndpoint,
    AWS_ACCESS_KEY_ID: LOCAL_ACCESS_KEY,
    AWS_SECRET_ACCESS_KEY: LOCAL_ACCESS_KEY,
    AWS_REGION: LOCAL_REGION,
    AWS_DEFAULT_REGION: LOCAL_REGION,
    AWS_EC2_METADATA_DISABLED: 'true',
    CDK_DEFAULT_ACCOUNT: LOCAL_ACCOUNT,
    CDK_DEFAULT_REGION: LOCAL_REGION,
  };
}

/** A client for the emulator's secrets. */
export function secretsClient(endpoint: string): SecretsManagerClient {
  return new SecretsManagerClient({
    endpoint,
    region: LOCAL_REGION,
    credentials: { accessKeyId: LOCAL_ACCESS_KEY, secretAccessKey: LOCAL_ACCESS_KEY },
  });
}

/** The MariaDB of a cloud, which is there once it has been asked for. */
export interface CloudMariaDb {
  /** The running server, if there is one. */
  server(): Root | undefined;
  /**
   * The running server; it starts the first time.
   *
   * @throws LocalCloudError when it does not, or when another process would have to start it
   */
  start(): Promise<Root>;
}

/** What a cloud object needs to know. */
export interface CloudParts {
  readonly stateDirectory: string;
  readonly cacheDirectory: string;
  readonly endpoint: string;
  readonly dataApiEndpoint: string;
  readonly auth: boolean;
  readonly documentedLimits: boolean;
  readonly target: Target;
  readonly postgres: Superuser;
  /** The MariaDB of the cloud; a target of containers has none. */
  readonly mariaDb?: CloudMariaDb;
  readonly stop: () => Promise<void>;
}

/** The cloud as its users see it, in the process that keeps it and in those that attach to it. */
export class RunningCloud implements LocalCloud {
  readonly region = LOCAL_REGION;
  readonly accountId = LOCAL_ACCOUNT;
  readonly stateDirectory: string;
  readonly cacheDirectory: string;
  readonly endpoint: string;
  readonly dataApiEndpoint: string;
  readonly auth: boolean;
  readonly documentedLimits: boolean;
  readonly target: Target;
  private readonly known: Record<string, LocalDatabase> = {};

  constructor(private readonly parts: CloudParts) {
    this.stateDirectory = parts.stateDirectory;
    this.cacheDirectory = parts.cacheDirectory;
    this.endpoint = parts.endpoint;
    this.dataApiEndpoint = parts.dataApiEndpoint;
    this.auth = parts.auth;
    this.documentedLimits = parts.documentedLimits;
    this.target = parts.target;
  }

  get databases(): Readonly<Record<string, LocalDatabase>> {
    return this.known;
  }

  get environment(): Record<string, string> {
    const names = Object.entries(this.known).map(([name, { clusterArn, secretArn }]) => [
      name,
      { clusterArn, secretArn },
    ]);
    return {
      ...cloudEnvironment(this.endpoint, this.dataApiEndpoint),
      DBPATTERNS_LOCAL_DATABASES: JSON.stringify(Object.fromEntries(names)),
    };
  }

  async createDatabase(asked: string): Promise<LocalDatabase> {
    const { name, engine } = readDatabase(asked);
    const known = this.known[name];
    if (known?.engine === engine) return known;
    if (known) throw new LocalCloudError('INVALID_NAME', `"${name}" is a database of another engine: ${known.engine}`);
    const arn = clusterArn(name);
    const keepSecret = (credentials: { username: string; password: string }) => this.keepSecret(name, credentials);
    if (engine === 'mariadb') {
      const { mariaDb } = this.parts;
      if (!mariaDb) throw new LocalCloudError('TARGET_LACKS', `the target ${this.target} has no MariaDB for "${name}"`);
      const server = await mariaDb.start();
      const record = await asRoot(server, (connection) => ensureInMariaDb(connection, name, arn, keepSecret));
      return this.remember(record, 'mariadb', server);
    }
    const { postgres } = this.parts;
    const record = await asSuperuser(postgres, 'postgres', (client) => ensureDatabase(client, name, arn, keepSecret));
    return this.remember(record, 'postgres', postgres);
  }

  /** Learns the databases that exist. */
  async load(): Promise<void> {
    const { postgres } = this.parts;
    const records = await asSuperuser(postgres, 'postgres', listDatabases);
    for (const record of records) this.remember(record, 'postgres', postgres);
    const server = this.parts.mariaDb?.server();
    if (!server) return;
    for (const record of await asRoot(server, listInMariaDb)) this.remember(record, 'mariadb', server);
  }

  httpUrl(awsUrl: string): string {
    const url = /^https:\/\/([a-z0-9]+)\.execute-api\.[^/]+\/([^/]+)\/?(.*)$/.exec(awsUrl);
    if (!url) return awsUrl;
    const [, api, stage, path] = url;
    return `${this.endpoint}/restapis/${api}/${stage}/_user_request_/${path}`;
  }

  stop(): Promise<void> {
    return this.parts.stop();
  }

  private remember(record: DatabaseRecord, engine: DatabaseEngine, { port, password }: Superuser): LocalDatabase {
    const { name, clusterArn, secretArn } = record;
    const login = engine === 'postgres' ? 'postgres://postgres' : 'mysql://root';
    const url = `${login}:${password}@127.0.0.1:${port}/${name}`;
    return (this.known[name] = { clusterArn, secretArn, database: name, engine, url });
  }

  private async keepSecret(name: string, credentials: { username: string; password: string }): Promise<string> {
    const client = secretsClient(this.endpoint);
    const Name = `local-cloud/${name}`;
    const SecretString = JSON.stringify(credentials);
    try {
      return (await client.send(new CreateSecretCommand({ Name, SecretString }))).ARN ?? '';
    } catch (error) {
      if (!(error instanceof ResourceExistsException)) throw error;
      return (await client.send(new PutSecretValueCommand({ SecretId: Name, SecretString }))).ARN ?? '';
    } finally {
      client.destroy();
    }
  }
}

/** The cloud as its own process sees it. */
export class KeptCloud extends RunningCloud implements StartedCloud {
  constructor(
    parts: CloudParts,
    readonly restart: StartedCloud['restart'],
  ) {
    super(parts);
  }
}

function clusterArn(name: string): string {
  return `arn:aws:rds:${LOCAL_REGION}:${LOCAL_ACCOUNT}:cluster:${name}`;
}
