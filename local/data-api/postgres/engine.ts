import pg from 'pg';
import type { Engine, Login, Session } from '../engine.js';
import { fromPostgres } from './errors.js';
import { PostgresSession } from './session.js';

const CONNECTIONS_PER_USER = 20;
const CONNECT_WITHIN = 20_000;
const IDLE_FOR = 10_000;

/** Where a PostgreSQL server is that stands for a cluster. */
export interface PostgresCluster {
  readonly host: string;
  readonly port: number;
  /** Whether and how TLS is used. @default not */
  readonly ssl?: pg.ClientConfig['ssl'];
  /**
   * Whether a user may use a database, where the server holds more than the cluster does.
   *
   * @throws LoginRefused, or DataApiError for a database that is not the cluster's
   */
  admit?(username: string, database: string): Promise<void>;
}

/** The PostgreSQL clusters that there are. */
export interface PostgresClusters {
  find(clusterArn: string): Promise<PostgresCluster | undefined>;
  close(): Promise<void>;
}

/** PostgreSQL, with sessions pooled by server, database and user. */
export class PostgresEngine implements Engine {
  private readonly pools = new Map<string, pg.Pool>();

  /**
   * @param connectWithin milliseconds that a caller waits for a session
   */
  constructor(
    private readonly clusters: PostgresClusters,
    private readonly connectWithin: number = CONNECT_WITHIN,
  ) {}

  async has(clusterArn: string): Promise<boolean> {
    return (await this.clusters.find(clusterArn)) !== undefined;
  }

  async open(clusterArn: string, login: Login): Promise<Session> {
    const cluster = await this.clusters.find(clusterArn);
    if (!cluster) throw new Error(`there is no cluster ${clusterArn}`);
    // the service leaves it to PostgreSQL, which takes the user's name
    const { username: user, password, database = user } = login;
    await cluster.admit?.(user, database);
    const { host, port, ssl } = cluster;
    const settings = { host, port, user, password, database, ...(ssl === undefined ? {} : { ssl }) };
    const key = `${host}:${port}/${database}/${user}`;
    let pool = this.pools.get(key);
    if (!pool || pool.options.password !== password) {
      void pool?.end();
      pool = newPool(settings, this.connectWithin);
      this.pools.set(key, pool);
    }
    try {
      return new PostgresSession(await pool.connect(), settings);
    } catch (error) {
      // a pool with sessions is of use to those who wait for them; several callers may have met the same refusal
      if (pool.totalCount === 0 && this.pools.get(key) === pool) {
        this.pools.delete(key);
        void pool.end();
      }
      throw fromPostgres(error);
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.clusters.close(), ...[...this.pools.values()].map((pool) => pool.end())]);
  }
}

function newPool(settings: pg.ClientConfig, connectWithin: number): pg.Pool {
  const pool = new pg.Pool({
    ...settings,
    max: CONNECTIONS_PER_USER,
    idleTimeoutMillis: IDLE_FOR,
    connectionTimeoutMillis: connectWithin,
    application_name: 'rds-data-api',
    options: '-c timezone=UTC -c datestyle=ISO -c bytea_output=hex -c intervalstyle=postgres',
  });
  pool.on('error', () => undefined);
  // a session that breaks while a caller has it fails that caller's statement, and nothing else
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
