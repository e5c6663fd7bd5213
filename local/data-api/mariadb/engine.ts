import type { Engine, Login, Session } from '../engine.js';
import { fromMariaDb } from './errors.js';
import { connect, MariaDbSession } from './session.js';

/** A server of MariaDB or MySQL. */
export interface MariaDbAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * MariaDB or MySQL behind the service. A session is a connection of its own, because a new one holds nothing of an
 * earlier user, and takes a millisecond.
 */
export class MariaDbEngine implements Engine {
  /**
   * @param has whether an ARN names a cluster of this server
   */
  constructor(
    private readonly address: MariaDbAddress,
    readonly has: (clusterArn: string) => Promise<boolean>,
  ) {}

  async open(_clusterArn: string, { username, password, database }: Login): Promise<Session> {
    const login = { ...this.address, user: username, password, database };
    try {
      return new MariaDbSession(await connect(login), () => connect(login));
    } catch (error) {
      throw fromMariaDb(error);
    }
  }

  /** Sessions end with their users. */
  async close(): Promise<void> {
    await Promise.resolve();
  }
}
