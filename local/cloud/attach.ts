import { resolve } from 'node:path';
import { LocalCloudError } from '../errors.js';
import { lives } from '../processes/identity.js';
import { readNote } from '../processes/note.js';
import type { Root } from '../mariadb/server.js';
import { RunningCloud, type CloudMariaDb, type LocalCloud } from './cloud.js';
import { stopLocalCloud } from './end.js';
import { StateFolder } from './state.js';

/**
 * The cloud that another process keeps in this folder. Its `stop()` asks that process to end it.
 *
 * @throws LocalCloudError `NOT_RUNNING`
 */
export async function attachLocalCloud(stateDirectory: string): Promise<LocalCloud> {
  const folder = new StateFolder(resolve(stateDirectory));
  const state = folder.read();
  const owner = readNote(folder.lock);
  if (!state || !owner || !lives(owner)) {
    throw new LocalCloudError(
      'NOT_RUNNING',
      `no local cloud runs in ${folder.directory}: start one with "dbpatterns local up"`,
    );
  }
  const { endpoint, dataApiEndpoint, auth, documentedLimits, target, cacheDirectory, postgres } = state;
  const stop = async () => void (await stopLocalCloud(folder.directory));
  const cloud = new RunningCloud({
    stateDirectory: folder.directory,
    cacheDirectory,
    endpoint,
    dataApiEndpoint,
    auth,
    documentedLimits,
    target,
    postgres,
    mariaDb: new AttachedMariaDb(folder),
    stop,
  });
  await cloud.load();
  return cloud;
}

/** The MariaDB that another process keeps. */
class AttachedMariaDb implements CloudMariaDb {
  constructor(private readonly folder: StateFolder) {}

  server(): Root | undefined {
    return this.folder.read()?.mariaDb;
  }

  start(): Promise<Root> {
    const server = this.server();
    if (server) return Promise.resolve(server);
    const mend = 'end it and start it again with that database (dbpatterns local down, dbpatterns local up)';
    return Promise.reject(new LocalCloudError('NOT_RUNNING', `the local cloud runs without MariaDB: ${mend}`));
  }
}
