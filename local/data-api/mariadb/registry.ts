import { listDatabases } from '../../mariadb/databases.js';
import { asRoot, type Root } from '../../mariadb/server.js';
import type { MariaDbClusters } from './engine.js';
import type { MariaDbCluster } from './session.js';

/**
 * The MariaDB clusters of the local cloud, which share one server. They are written down in MariaDB itself, so that a
 * database made by another process is found at once.
 */
export class RegisteredMariaDbClusters implements MariaDbClusters {
  private known = new Set<string>();

  /**
   * @param server - the server, while there is one
   */
  constructor(private readonly server: () => Root | undefined) {}

  async find(clusterArn: string): Promise<MariaDbCluster | undefined> {
    const server = this.server();
    if (!server) return undefined;
    if (!this.known.has(clusterArn)) {
      const databases = await asRoot(server, listDatabases);
      this.known = new Set(databases.map((database) => database.clusterArn));
    }
    return this.known.has(clusterArn) ? { host: '127.0.0.1', port: server.port } : undefined;
  }

  async close(): Promise<void> {
    await Promise.resolve();
  }
}
