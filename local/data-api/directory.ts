import pg from 'pg';
import { listDatabases, type DatabaseRecord, type Superuser } from '../postgres/databases.js';
import { DataApiError } from './errors.js';

/**
 * The clusters that the server knows. They are written down in PostgreSQL itself, so that a database made by another
 * process is found at once.
 */
export class ClusterDirectory {
  private known = new Map<string, DatabaseRecord>();
  private readonly members = new Set<string>();
  private readonly pool: pg.Pool;

  constructor(server: Superuser) {
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

  /** @throws DataApiError when no cluster has this ARN, or when it has no such database */
  async database(clusterArn: string, name: string | undefined): Promise<DatabaseRecord> {
    const cluster = this.known.get(clusterArn) ?? (await this.reload()).get(clusterArn);
    if (!cluster) throw new DataApiError('DatabaseNotFoundException', `there is no cluster ${clusterArn}`);
    if (!name) throw new DataApiError('BadRequestException', 'Database name is not set');
    if (name === cluster.name) return cluster;
    throw new DataApiError('DatabaseNotFoundException', `the cluster ${clusterArn} has no database "${name}"`);
  }

  /**
   * The clusters share a server, so that a user of one could log in to another. A user belongs to the cluster whose
   * owner is it or made it.
   *
   * @throws DataApiError in the engine's words for a user it does not know
   */
  async assertUser(cluster: DatabaseRecord, username: string): Promise<void> {
    if (username === cluster.owner) return;
    const key = `${cluster.name}/${username}`;
    if (this.members.has(key)) return;
    const { rowCount } = await this.pool.query(
      `select 1 from pg_roles where rolname = $1 and not rolsuper and pg_has_role($2::name, oid, 'MEMBER')`,
      [username, cluster.owner],
    );
    if (!rowCount) {
      const message = `FATAL: password authentication failed for user "${username}"; SQLState: 28P01`;
      throw new DataApiError('BadRequestException', message);
    }
    this.members.add(key);
  }

  /** Forgets a user that was refused. */
  forgetUser(cluster: DatabaseRecord, username: string): void {
    this.members.delete(`${cluster.name}/${username}`);
  }

  close(): Promise<void> {
    return this.pool.end();
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
