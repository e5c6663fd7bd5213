import pg from 'pg';
import { listDatabases, type DatabaseRecord, type Superuser } from '../../postgres/databases.js';
import { noDatabase, refused } from './errors.js';
import type { PostgresCluster, PostgresClusters } from './engine.js';

/**
 * The clusters of the local cloud, which share one server. They are written down in PostgreSQL itself, so that a
 * database made by another process is found at once.
 */
export class RegisteredClusters implements PostgresClusters {
  private known = new Map<string, DatabaseRecord>();
  private readonly members = new Set<string>();
  private readonly pool: pg.Pool;

  constructor(private readonly server: Superuser) {
    this.pool = new pg.Pool({
      host: '127.0.0.1',
      port: server.port,
      user: 'postgres',
      password: server.password,
      max: 2,
    });
    this.pool.on('error', () => undefined);
    this.pool.on('connect', (client) => client.on('error', () => undefined));
  }

  async find(clusterArn: string): Promise<PostgresCluster | undefined> {
    const record = this.known.get(clusterArn) ?? (await this.reload()).get(clusterArn);
    if (!record) return undefined;
    return {
      host: '127.0.0.1',
      port: this.server.port,
      admit: async (username, database) => {
        await this.assertUser(record, username);
        if (database !== record.name && (await this.isOthers(database, record))) throw noDatabase(database);
      },
    };
  }

  close(): Promise<void> {
    return this.pool.end();
  }

  /** A user belongs to the cluster whose owner is it or made it; one of another could log in, since they share a server. */
  private async assertUser(cluster: DatabaseRecord, username: string): Promise<void> {
    if (username === cluster.owner) return;
    const key = `${cluster.name}/${username}`;
    if (this.members.has(key)) return;
    const { rowCount } = await this.pool.query(
      `select 1 from pg_roles where rolname = $1 and not rolsuper and pg_has_role($2::name, oid, 'MEMBER')`,
      [username, cluster.owner],
    );
    if (!rowCount) throw refused(username);
    this.members.add(key);
  }

  /** A cluster has its own database, and those that its users made. */
  private async isOthers(database: string, cluster: DatabaseRecord): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `select 1 from pg_database where datname = $1 and pg_has_role($2::name, datdba, 'MEMBER')`,
      [database, cluster.owner],
    );
    return !rowCount;
  }

  private async reload(): Promise<Map<string, DatabaseRecord>> {
    const client = await this.pool.connect();
    try {
      this.known = new Map((await listDatabases(client)).map((database) => [database.clusterArn, database]));
    } finally {
      client.release();
    }
    return this.known;
  }
}
