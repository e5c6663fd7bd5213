import * as fs from 'node:fs';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import { LocalCloudError } from '../errors.js';
import { spawnGuarded, type GuardedProcess } from '../processes/guarded.js';
import { dataHome, handOver, handOverAll, reachable, runAs, sharedFolder, UNPRIVILEGED } from '../processes/user.js';
import { mariaDbBinaries } from './binaries.js';
import { commonArguments, createDataFolder } from './template.js';

/** How to start MariaDB. */
export interface MariaDbOptions {
  /** Its folder: data and log. */
  readonly directory: string;
  /** Folder for what is made once and used by every cloud. */
  readonly cache: string;
  readonly port: number;
  readonly onMessage: (message: string) => void;
}

/** A running MariaDB. */
export interface MariaDbServer {
  readonly port: number;
  /** Password of the superuser `root`. */
  readonly password: string;
  readonly process: GuardedProcess;
}

const READY_WITHIN = 30_000;
const GRACE_SECONDS = 8;

/**
 * Starts MariaDB on 127.0.0.1 with password authentication only, and waits until it takes connections.
 *
 * @throws LocalCloudError `PLATFORM_UNSUPPORTED`, `PORT_TAKEN`, or `MARIADB_FAILED` with the last lines of its log
 */
export async function startMariaDb(options: MariaDbOptions): Promise<MariaDbServer> {
  const home = dataHome(options.directory);
  const cache = reachable(options.cache) ? options.cache : sharedFolder();
  const binaries = await mariaDbBinaries(cache, options.onMessage);
  const data = join(home, 'data');
  const secret = join(home, 'password');
  fs.mkdirSync(home, { recursive: true, mode: 0o755 });
  handOver(home);
  if (!fs.existsSync(secret) || !fs.existsSync(data)) {
    // gone first: cut off here, the next start sees that the data is not complete
    fs.rmSync(secret, { force: true });
    fs.writeFileSync(secret, await createDataFolder(binaries, cache, data, options.onMessage), { mode: 0o600 });
  }
  // made by a user, or copied: then it is root's to hand over
  else if (fs.statSync(data).uid !== UNPRIVILEGED.uid) handOverAll(data);
  const password = fs.readFileSync(secret, 'utf8');
  const log = join(home, 'mariadb.log');
  const process = spawnGuarded({
    command: binaries.mariadbd,
    args: [...commonArguments(binaries, data), ...settings(options.port, home)],
    env: { PATH: globalThis.process.env.PATH, TZ: 'UTC' },
    cwd: home,
    log,
    note: join(home, 'exit'),
    signal: 'TERM',
    grace: GRACE_SECONDS,
    ...runAs(),
  });
  const refusal = await refusalOf(process, { port: options.port, password }, data);
  if (refusal === undefined) return { port: options.port, password, process };
  await process.stop();
  const lines = fs.readFileSync(log, 'utf8').trim().split('\n').slice(-8);
  if (lines.some((line) => line.includes('Address already in use'))) {
    throw new LocalCloudError('PORT_TAKEN', `port ${options.port} of 127.0.0.1 is taken by another program`);
  }
  throw new LocalCloudError('MARIADB_FAILED', `MariaDB did not start; ${log} ends with\n${lines.join('\n')}`, {
    cause: refusal,
  });
}

/** Where to connect as superuser. */
export type Root = Pick<MariaDbServer, 'port' | 'password'>;

/** Opens a superuser connection for one action. */
export async function asRoot<T>(server: Root, action: (connection: mysql.Connection) => Promise<T>): Promise<T> {
  const { port, password } = server;
  const connection = await mysql.createConnection({ host: '127.0.0.1', port, user: 'root', password });
  try {
    return await action(connection);
  } finally {
    await connection.end();
  }
}

/** @returns why it does not let the superuser in, `undefined` when it does */
async function refusalOf(process: GuardedProcess, server: Root, data: string): Promise<unknown> {
  const end = performance.now() + READY_WITHIN;
  let refusal: unknown = new Error('it ended at once');
  while (process.isRunning() && performance.now() < end) {
    try {
      const [rows] = await asRoot(server, (connection) => connection.query('select @@datadir as folder'));
      // another cloud's, on the same port, has the same password: then ours is about to end
      if (Array.isArray(rows) && rows.some((row) => 'folder' in row && row.folder === `${data}/`)) return undefined;
    } catch (error) {
      refusal = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return refusal;
}

function settings(port: number, home: string): string[] {
  return [
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    // none: its path could be too long for one
    '--socket=',
    `--pid-file=${join(home, 'mariadb.pid')}`,
    `--tmpdir=${home}`,
    // nothing leaves the loopback interface
    '--skip-ssl',
    '--skip-name-resolve',
    '--character-set-server=utf8mb4',
    '--default-time-zone=+00:00',
    // a call of the Data API is a connection
    '--max-connections=1000',
    '--max-allowed-packet=64M',
    '--performance-schema=OFF',
    '--skip-log-bin',
    '--skip-log-error',
  ];
}
