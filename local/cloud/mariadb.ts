import * as fs from 'node:fs';
import { join } from 'node:path';
import { prepareRegistry } from '../mariadb/databases.js';
import { asRoot, startMariaDb, type MariaDbServer } from '../mariadb/server.js';
import { onFreePort } from '../processes/ports.js';
import { dataHome } from '../processes/user.js';
import type { CloudMariaDb } from './cloud.js';

/** The MariaDB of a cloud in the process that keeps it. */
export class MariaDbPart implements CloudMariaDb {
  private starting?: Promise<MariaDbServer>;
  private started?: MariaDbServer;
  private listener: (server: MariaDbServer) => void = () => undefined;

  /**
   * @param directory its folder: data and log
   * @param cache folder for what is made once and used by every cloud
   */
  constructor(
    private readonly directory: string,
    private readonly cache: string,
    private readonly say: (message: string, done?: boolean) => void,
  ) {}

  server(): MariaDbServer | undefined {
    return this.started;
  }

  start(): Promise<MariaDbServer> {
    return (this.starting ??= this.run());
  }

  /** Starts it if an earlier run kept data. */
  async resume(): Promise<void> {
    if (fs.existsSync(join(dataHome(this.directory), 'password'))) await this.start();
  }

  /** Tells when it is there; at once if it is. */
  onStart(listener: (server: MariaDbServer) => void): void {
    this.listener = listener;
    if (this.started) listener(this.started);
  }

  async stop(): Promise<void> {
    const server = await this.starting?.catch(() => undefined);
    await server?.process.stop();
  }

  private async run(): Promise<MariaDbServer> {
    this.say('starting');
    const { directory, cache } = this;
    fs.mkdirSync(directory, { recursive: true });
    const last = join(directory, 'port');
    const server = await onFreePort(readPort(last), (port) =>
      startMariaDb({ directory, cache, port, onMessage: (message) => this.say(message) }),
    );
    fs.writeFileSync(last, String(server.port));
    await asRoot(server, prepareRegistry);
    this.started = server;
    this.listener(server);
    this.say(`ready at 127.0.0.1:${server.port}`, true);
    return server;
  }
}

/** The port of the last run, which a user may have written down. */
function readPort(file: string): number | undefined {
  const port = fs.existsSync(file) ? Number(fs.readFileSync(file, 'utf8')) : undefined;
  return Number.isInteger(port) ? port : undefined;
}
