import type { Engine, Login, Session } from '../engine.js';
import { fromMariaDb } from './errors.js';
import { connect, MariaDbSession, type MariaDbCluster } from './session.js';

/** The MariaDB and MySQL clusters that there are. */
export interface MariaDbClusters {
  find(clusterArn: string): Promise<MariaDbCluster | undefined>;
  close(): Promise<void>;
}

/**
 * MariaDB and MySQL. A session is a connection of its own, because a new one holds nothing of an earlier user, and takes
 * a millisecond.
 */
export class MariaDbEngine implements Engine {
  constructor(private readonly clusters: MariaDbClusters) {}

  async has(clusterArn: string): Promise<boolean> {
    return (await this.clusters.find(clusterArn)) !== undefined;
  }

  async open(clusterArn: string, { username: user, password, database }: Login): Promise<Session> {
    const cluster = await this.clusters.find(clusterArn);
    if (!cluster) throw new Error(`there is no cluster ${clusterArn}`);
    const login = { ...cluster, user, password, database };
    try {
      return new MariaDbSession(await connect(login), () => connect(login));
    } catch (error) {
      throw fromMariaDb(error);
    }
  }

  /** Sessions end with their users. */
  close(): Promise<void> {
    return this.clusters.close();
  }
}
