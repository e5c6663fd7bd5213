import pg from 'pg';
import type { DatabaseRecord } from '../postgres/databases.js';
import type { SecretReader } from './credentials.js';
import type { ClusterDirectory } from './directory.js';
import { DataApiError, fromEngine } from './errors.js';

const CONNECTIONS_PER_USER = 20;
const CONNECT_WITHIN = 20_000;
const IDLE_FOR = 10_000;

/** Who wants a session, and where. */
export interface SessionRequest {
  readonly resourceArn?: string;
  readonly secretArn?: string;
  readonly database?: string;
}

/** Sessions with the engine, pooled by database and user. */
export class Sessions {
  private readonly pools = new Map<string, pg.Pool>();

  constructor(
    private readonly port: number,
    private readonly directory: ClusterDirectory,
    private readonly secrets: SecretReader,
    private readonly statementTimeout: number,
  ) {}

  /** A session of the secret's user with the cluster's database; the caller releases it. */
  async open(request: SessionRequest): Promise<pg.PoolClient> {
    const { resourceArn, secretArn } = request;
    if (!resourceArn) throw new DataApiError('BadRequestException', 'resourceArn is missing');
    if (!secretArn) throw new DataApiError('BadRequestException', 'secretArn is missing');
    const database = await this.directory.database(resourceArn, request.database);
    try {
      return await this.connect(database, secretArn);
    } catch (error) {
      // a migration or a rotation may have changed the password since it was read
      if (!(error instanceof pg.DatabaseError) || error.code !== '28P01') throw fromEngine(error);
      this.secrets.forget(secretArn);
      return await this.connect(database, secretArn).catch((again: unknown) => {
        throw fromEngine(again);
      });
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.pools.values()].map((pool) => pool.end()));
  }

  private async connect(database: DatabaseRecord, secretArn: string): Promise<pg.PoolClient> {
    const { username, password } = await this.secrets.read(secretArn);
    await this.directory.assertUser(database, username);
    const key = `${database.name}/${username}`;
    let pool = this.pools.get(key);
    if (!pool || pool.options.password !== password) {
      void pool?.end();
      pool = this.pool(database.name, username, password);
      this.pools.set(key, pool);
    }
    try {
      return await pool.connect();
    } catch (error) {
      // several callers may have met the same refusal
      if (this.pools.get(key) === pool) {
        this.pools.delete(key);
        void pool.end();
      }
      this.directory.forgetUser(database, username);
      throw error;
    }
  }

  private pool(database: string, user: string, password: string): pg.Pool {
    const pool = new pg.Pool({
      host: '127.0.0.1',
      port: this.port,
      database,
      user,
      password,
      max: CONNECTIONS_PER_USER,
      idleTimeoutMillis: IDLE_FOR,
      connectionTimeoutMillis: CONNECT_WITHIN,
      statement_timeout: this.statementTimeout,
      application_name: 'rds-data-api',
      options: '-c timezone=UTC -c datestyle=ISO -c bytea_output=hex -c intervalstyle=postgres',
    });
    pool.on('error', () => undefined);
    // a session that breaks while a caller has it fails that caller's statement, and nothing else
    pool.on('connect', (client) => client.on('error', () => undefined));
    return pool;
  }
}
