import * as fs from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { LocalCloudError } from '../errors.js';
import { spawnGuarded, type GuardedProcess } from '../processes/guarded.js';
import { gone, identify, signal } from '../processes/identity.js';
import { dataHome, handOver, handOverAll, reachable, runAs, sharedFolder, UNPRIVILEGED } from '../processes/user.js';
import { postgresBinaries } from './binaries.js';
import { createDataFolder } from './template.js';

/** How to start PostgreSQL. */
export interface PostgresOptions {
  /** Its folder: data and log. */
  readonly directory: string;
  /** Folder for what is made once and used by every cloud. */
  readonly cache: string;
  readonly port: number;
  readonly onMessage: (message: string) => void;
}

/** A running PostgreSQL. */
export interface PostgresServer {
  readonly port: number;
  /** Password of the superuser `postgres`. */
  readonly password: string;
  readonly process: GuardedProcess;
}

const READY_WITHIN = 30_000;
const GRACE_SECONDS = 8;

/** Removes all data. */
export function removeData(directory: string): void {
  fs.rmSync(dataHome(directory), { recursive: true, force: true });
}

/**
 * Starts PostgreSQL on 127.0.0.1 with password authentication only, and waits until it takes connections.
 *
 * @throws LocalCloudError `PORT_TAKEN`, or `POSTGRES_FAILED` with the last lines of its log
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const home = dataHome(options.directory);
  const cache = reachable(options.cache) ? options.cache : sharedFolder();
  const binaries = postgresBinaries(sharedFolder());
  const data = join(home, 'data');
  const secret = join(home, 'password');
  fs.mkdirSync(home, { recursive: true, mode: 0o755 });
  handOver(home);
  if (!fs.existsSync(secret) || !isUsable(data, binaries.version)) {
    // gone first: cut off here, the next start sees that the data is not complete
    fs.rmSync(secret, { force: true });
    fs.writeFileSync(secret, await createDataFolder(binaries, cache, data, options.onMessage), { mode: 0o600 });
  }
  // made by a user, or copied: then it is root's to hand over
  else if (fs.statSync(data).uid !== UNPRIVILEGED.uid) handOverAll(data);
  await endLeftover(data);
  const password = fs.readFileSync(secret, 'utf8');
  const log = join(home, 'postgres.log');
  const process = spawnGuarded({
    command: binaries.postgres,
    args: [
      '-D',
      data,
      ...Object.entries(settings(options.port)).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    env: { PATH: globalThis.process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
    cwd: home,
    log,
    note: join(home, 'exit'),
    signal: 'INT',
    grace: GRACE_SECONDS,
    ...runAs(),
  });
  const end = performance.now() + READY_WITHIN;
  let refusal: unknown;
  while (process.isRunning() && performance.now() < end) {
    try {
      const client = new pg.Client({
        host: '127.0.0.1',
        port: options.port,
        user: 'postgres',
        database: 'postgres',
        password,
      });
      client.on('error', () => undefined);
      await client.connect();
      await client.end();
      return { port: options.port, password, process };
    } catch (error) {
      refusal = error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  await process.stop();
  const lines = fs.readFileSync(log, 'utf8').trim().split('\n').slice(-8);
  if (lines.some((line) => line.includes('Address already in use'))) {
    throw new LocalCloudError('PORT_TAKEN', `port ${options.port} of 127.0.0.1 is taken by another program`);
  }
  throw new LocalCloudError('POSTGRES_FAILED', `PostgreSQL did not start; ${log} ends with\n${lines.join('\n')}`, {
    cause: refusal,
  });
}

/** A data folder that another major version made, or whose making was cut off, is of no use. */
function isUsable(data: string, version: string): boolean {
  try {
    return fs.readFileSync(join(data, 'PG_VERSION'), 'utf8').trim() === version.split('.')[0];
  } catch {
    return false;
  }
}

/** Ends a server that outlived everybody who cared for it, and removes the mark of one that died. */
async function endLeftover(data: string): Promise<void> {
  const mark = join(data, 'postmaster.pid');
  if (!fs.existsSync(mark)) return;
  const [pid, folder] = fs.readFileSync(mark, 'utf8').split('\n');
  const identity = identify(Number(pid));
  if (identity && folder === data && commandOf(identity.pid).includes('postgres')) {
    signal(identity.pid, 'SIGINT');
    if (!(await gone([identity], 5000))) signal(identity.pid, 'SIGKILL');
    await gone([identity], 5000);
  }
  fs.rmSync(mark, { force: true });
}

function commandOf(pid: number): string {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return 'postgres';
  }
}

function settings(port: number): Record<string, string | number> {
  return {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    password_encryption: 'scram-sha-256',
    max_connections: 200,
    shared_buffers: '32MB',
    // a crash of the machine may lose a local cloud; a crash of the process may not, and does not
    fsync: 'off',
    full_page_writes: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    jit: 'off',
    // the errors of statements are answers to their callers, not news for the log
    log_min_messages: 'fatal',
  };
}
