import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { RDSDataClient } from '@aws-sdk/client-rds-data';
import { CreateSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';
import { postgresAt, type DatabaseAddress, type PostgresClient } from '../../../lambdas/stores/index.js';
import type { Migration } from '../../../lambdas/stores/migrations/files.js';
import type { Login, ReadSecret } from '../../../lambdas/stores/migrations/logins.js';
import { migrate } from '../../../lambdas/stores/migrations/migrate.js';
import { uniqueDatabase } from '../../support/cloud.js';

const KIT = fileURLToPath(new URL('../../../lambdas/cqrs/sql/', import.meta.url));

/** The kit's own migrations, as the migrate function finds them beside it. */
export const kit: Migration[] = readdirSync(KIT)
  .sort()
  .map((file) => ({ name: `kit/${file}`, text: readFileSync(KIT + file, 'utf8') }));

/** A table of an application. */
export const products: Migration = {
  name: 'app/0001_products.sql',
  text: `create table product (id text primary key, price int not null check (price > 0));
         create table price_change (id int generated always as identity, product text not null references product, price int);`,
};

/** Stands between a client and the Data API: may fail before or after the call. */
export type Intercept = <T>(operation: string, call: () => Promise<T>) => Promise<T>;

/** An interceptor that loses the answers of these calls: what was asked is done, and nobody hears of it. */
export function losingAnswers(...operations: string[]): Intercept {
  const left = [...operations];
  return async (operation, call) => {
    const result = await call();
    if (operation !== left[0]) return result;
    left.shift();
    throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
  };
}

const ACCESSES = ['commands', 'relay', 'history', 'view', 'reader', 'writer'] as const;

/** A database of its own, reached by the Data API, with the kit's schema and a login per need. */
export class PostgresRig {
  static async start(name: string): Promise<PostgresRig> {
    const { url, ...address } = await uniqueDatabase(name);
    return new PostgresRig(address, url);
  }

  readonly secrets = new SecretsManagerClient();
  readonly readSecret: ReadSecret = async (arn) =>
    (await this.secrets.send(new GetSecretValueCommand({ SecretId: arn }))).SecretString;
  /** The calls to the Data API of the clients made by `as`, by operation. */
  readonly calls: string[] = [];
  readonly admin: PostgresClient;
  private readonly logins = new Map<string, Login>();

  private constructor(
    readonly address: DatabaseAddress,
    readonly url: string,
  ) {
    this.admin = postgresAt(address);
  }

  async migrated(migrations: readonly Migration[] = [...kit, products]): Promise<this> {
    const logins = await Promise.all(ACCESSES.map((access) => this.login(access)));
    await migrate({ db: this.admin, migrations, logins, readSecret: this.readSecret });
    return this;
  }

  /** A login's secret, made when it is first asked for. */
  async login(access: Login['access']): Promise<Login> {
    const name = `${this.address.database}_${access}`;
    const known = this.logins.get(access);
    if (known !== undefined) return known;
    const password = randomBytes(18).toString('base64url');
    const { ARN } = await this.secrets.send(
      new CreateSecretCommand({ Name: name, SecretString: JSON.stringify({ username: name, password }) }),
    );
    const login = { name, access, secretArn: ARN! };
    this.logins.set(access, login);
    return login;
  }

  /** The client of a function with this access. Its calls are counted. */
  async as(access: Login['access'], client = this.counted()): Promise<PostgresClient> {
    const { secretArn } = await this.login(access);
    return postgresAt({ ...this.address, secretArn }, { client });
  }

  /** A client of the SDK whose calls are counted; each may be made to fail. */
  counted(intercept: Intercept = (_, call) => call()): RDSDataClient {
    const client = new RDSDataClient({ maxAttempts: 1 });
    client.middlewareStack.add(
      (next, context) => (args) => {
        const operation = (context.commandName ?? '').replace('Command', '');
        this.calls.push(operation);
        return intercept(operation, () => next(args));
      },
      { step: 'initialize' },
    );
    return client;
  }

  /** The calls since the last question. */
  counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const operation of this.calls.splice(0)) counts[operation] = (counts[operation] ?? 0) + 1;
    return counts;
  }

  /** Runs something on a connection of the superuser, past the Data API. */
  async direct<T>(run: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client(this.url);
    await client.connect();
    try {
      return await run(client);
    } finally {
      await client.end();
    }
  }
}
