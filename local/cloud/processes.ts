import * as fs from 'node:fs';
import { join, resolve } from 'node:path';
import { SecretReader } from '../data-api/credentials.js';
import { MariaDbEngine } from '../data-api/mariadb/engine.js';
import { RegisteredMariaDbClusters } from '../data-api/mariadb/registry.js';
import { PostgresEngine } from '../data-api/postgres/engine.js';
import { RegisteredClusters } from '../data-api/postgres/registry.js';
import { listenDataApi, type DataApiServer } from '../data-api/server.js';
import { startEmulator, type Emulator, type EmulatorOptions } from '../emulator/emulator.js';
import { pythonEnvironment } from '../emulator/environment.js';
import { LocalCloudError } from '../errors.js';
import { crashPostgres } from '../postgres/crash.js';
import { asSuperuser, prepareRegistry } from '../postgres/databases.js';
import { removeData, startPostgres, type PostgresServer } from '../postgres/server.js';
import type { GuardedProcess } from '../processes/guarded.js';
import { onFreePort } from '../processes/ports.js';
import { dataHome } from '../processes/user.js';
import type { LocalPart } from '../progress.js';
import { KeptCloud, secretsClient, type StartedCloud } from './cloud.js';
import {
  emulatorIdentity,
  hasTrustedState,
  joinStates,
  moveStateToPort,
  postgresIdentity,
  removeEmulatorState,
} from './identity.js';
import { localStackParts, startLocalStack } from '../localstack/localstack.js';
import { readDatabase } from './database-engine.js';
import { endLeftovers } from './leftovers.js';
import { MariaDbPart } from './mariadb.js';
import type { LocalCloudOptions } from './options.js';
import type { StateFolder } from './state.js';

/** A local cloud of processes on this machine, each of which ends with the one that started it. */
export class Processes {
  private dataApi?: DataApiServer;
  private emulator?: Emulator;
  private postgres?: PostgresServer;
  private mariaDb?: MariaDbPart;
  private ending?: Promise<void>;
  /** What is taken away on purpose, and comes back. */
  private readonly away = new Set<GuardedProcess>();
  private readonly restarting = { emulator: Promise.resolve(), postgres: Promise.resolve() };
  private readonly cache: string;

  constructor(
    private readonly folder: StateFolder,
    private readonly options: LocalCloudOptions,
  ) {
    this.cache = resolve(options.cacheDirectory ?? '.local');
  }

  async run(release: () => void): Promise<StartedCloud> {
    await endLeftovers(this.folder, () => this.say('cloud', 'waiting for what an earlier run left to end'));
    if (!this.options.persist) this.removeState();
    else if (!hasTrustedState(this.folder.emulator) || this.folder.readPorts().emulator === undefined) {
      removeEmulatorState(this.folder.emulator);
    }
    await this.startParts();
    if (!(await this.belongTogether())) {
      this.say('cloud', "the emulator's state is gone while PostgreSQL's is not: both start afresh");
      await this.end();
      this.ending = undefined;
      this.removeState();
      await this.startParts();
      await this.belongTogether();
    }
    return this.open(release);
  }

  /** Ends all parts; a second call waits for the first. */
  end(): Promise<void> {
    return (this.ending ??= (async () => {
      await Promise.allSettled(Object.values(this.restarting));
      await Promise.allSettled([this.dataApi?.close()]);
      await Promise.allSettled([this.emulator?.process.stop(), this.postgres?.process.stop(), this.mariaDb?.stop()]);
      this.folder.remove();
      fs.rmSync(join(this.folder.emulator, 'functions'), { recursive: true, force: true });
      if (!this.options.persist) this.removeState();
    })());
  }

  private async startParts(): Promise<void> {
    const last = this.folder.readPorts();
    this.dataApi = await onFreePort(last.dataApi, listenDataApi);
    const mariaDb = new MariaDbPart(this.folder.mariaDb, this.cache, (message, done) =>
      this.say('mariadb', message, done),
    );
    this.mariaDb = mariaDb;
    const wantsMariaDb = this.options.databases?.some((asked) => readDatabase(asked).engine === 'mariadb');
    // settled, not raced: what started must be known, so that it can be ended
    const results = await Promise.allSettled([
      this.startEmulator(this.dataApi, last.emulator),
      this.startPostgres(last.postgres),
      wantsMariaDb ? mariaDb.start() : mariaDb.resume(),
    ]);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    const { emulator, postgres, dataApi } = this.parts();
    const iam = this.options.auth ? emulator.endpoint : undefined;
    dataApi.serve({
      engines: [
        new PostgresEngine(new RegisteredClusters(postgres)),
        new MariaDbEngine(new RegisteredMariaDbClusters(() => mariaDb.server())),
      ],
      secrets: new SecretReader(secretsClient(emulator.endpoint)),
      iam,
      documentedLimits: this.options.documentedLimits,
    });
    this.say('data-api', `ready at ${dataApi.endpoint}`, true);
    this.folder.writePorts({ emulator: emulator.port, postgres: postgres.port, dataApi: dataApi.port });
  }

  private async startEmulator(dataApi: DataApiServer, lastPort: number | undefined): Promise<void> {
    const directory = this.folder.emulator;
    const { auth = false, persist = false } = this.options;
    const start = await this.emulatorStart();
    this.say('emulator', 'starting');
    let writtenFor = lastPort;
    this.emulator = await onFreePort(lastPort, (port) => {
      if (writtenFor !== undefined && port !== writtenFor && fs.existsSync(join(directory, 'state'))) {
        this.say('emulator', `port ${writtenFor} is taken by another program, so the cloud moves to ${port}`);
        moveStateToPort(directory, writtenFor, port);
      }
      writtenFor = port;
      return start({ directory, port, dataApiEndpoint: dataApi.endpoint, auth, persist });
    });
    this.say('emulator', `ready at ${this.emulator.endpoint}`, true);
  }

  /** What starts the emulator, once what it needs has been found or made. */
  private async emulatorStart(): Promise<(options: Omit<EmulatorOptions, 'python'>) => Promise<Emulator>> {
    const onMessage = (message: string) => this.say('emulator', message);
    if (this.options.target === 'localstack-host') {
      const parts = await localStackParts(this.cache, onMessage);
      return (options) => startLocalStack(options, parts);
    }
    const python = await pythonEnvironment(join(this.cache, 'python'), onMessage);
    return (options) => startEmulator({ ...options, python });
  }

  private async startPostgres(lastPort: number | undefined): Promise<void> {
    this.say('postgres', 'starting');
    const onMessage = (message: string) => this.say('postgres', message);
    const { folder, cache } = this;
    this.postgres = await onFreePort(lastPort, (port) =>
      startPostgres({ directory: folder.postgres, cache, port, onMessage }),
    );
    const server = this.postgres;
    await asSuperuser(server, 'postgres', prepareRegistry);
    this.say('postgres', `ready at 127.0.0.1:${server.port}`, true);
  }

  /** Whether emulator and PostgreSQL hold states of the same cloud; two empty ones are joined. */
  private async belongTogether(): Promise<boolean> {
    const { emulator, postgres } = this.parts();
    const secrets = secretsClient(emulator.endpoint);
    try {
      return await asSuperuser(postgres, 'postgres', async (client) => {
        const [here, there] = await Promise.all([postgresIdentity(client), emulatorIdentity(secrets)]);
        if (here === undefined && there === undefined) {
          await joinStates(client, secrets);
          return true;
        }
        return here === there;
      });
    } finally {
      secrets.destroy();
    }
  }

  private async open(release: () => void): Promise<StartedCloud> {
    const { emulator, postgres, mariaDb, dataApi } = this.parts();
    const parts = {
      stateDirectory: this.folder.directory,
      cacheDirectory: this.cache,
      endpoint: emulator.endpoint,
      dataApiEndpoint: dataApi.endpoint,
      auth: this.options.auth ?? false,
      documentedLimits: this.options.documentedLimits ?? false,
      target: this.options.target ?? 'embedded',
      postgres: { port: postgres.port, password: postgres.password },
    };
    const restart: StartedCloud['restart'] = async (part, meanwhile) => {
      // one after the other: a part that is away cannot be taken away
      const again = this.restarting[part].then(() => this.restart(part, meanwhile));
      this.restarting[part] = again.catch(() => undefined);
      try {
        await again;
      } finally {
        if (part === 'emulator') this.watch('the emulator', this.parts().emulator, release);
        else this.watch('PostgreSQL', this.parts().postgres, release);
      }
    };
    const cloud = new KeptCloud({ ...parts, mariaDb, stop: () => this.end().finally(release) }, restart);
    await cloud.load();
    for (const name of this.options.databases ?? []) await cloud.createDatabase(name);
    this.folder.write({ format: 1, ...parts });
    mariaDb.onStart((server) => {
      this.folder.write({ format: 1, ...parts, mariaDb: { port: server.port, password: server.password } });
      this.watch('MariaDB', server, release);
    });
    this.watch('the emulator', emulator, release);
    this.watch('PostgreSQL', postgres, release);
    this.say('cloud', 'ready', true);
    return cloud;
  }

  private async restart(part: 'emulator' | 'postgres', meanwhile = () => Promise.resolve()): Promise<void> {
    const { emulator, postgres, dataApi } = this.parts();
    if (part === 'emulator' && !this.options.persist) {
      const message = 'the emulator would lose its state: start the cloud with persist, or restart PostgreSQL only';
      throw new LocalCloudError('NOT_KEPT', message);
    }
    if (this.isEnding()) return;
    const { port, process } = part === 'emulator' ? emulator : postgres;
    this.away.add(process);
    if (part === 'postgres') await crashPostgres(this.folder.postgres, postgres);
    else if ((await process.stop()) !== 0) {
      this.away.delete(process);
      throw new LocalCloudError('EMULATOR_FAILED', 'the emulator did not end in time, and its state is lost');
    }
    try {
      await meanwhile();
    } finally {
      // what does not come back is missed
      this.away.delete(process);
      if (!this.isEnding()) {
        await (part === 'emulator' ? this.startEmulator(dataApi, port) : this.startPostgres(port));
      }
    }
    if (this[part]?.port !== port) {
      throw new LocalCloudError('PORT_TAKEN', `port ${port} of the ${part} was taken by another program meanwhile`);
    }
  }

  private isEnding(): boolean {
    return this.ending !== undefined;
  }

  /** A cloud without one of its parts is none: the rest is stopped, cleanly, so that the next start finds its state. */
  private watch(name: string, { process }: { readonly process: GuardedProcess }, release: () => void): void {
    void process.exited.then(async (code) => {
      if (this.isEnding() || this.away.has(process)) return;
      await this.end().finally(release);
      this.options.onFailure?.(`${name} ended by itself (${code === undefined ? 'killed' : `exit code ${code}`})`);
    });
  }

  private removeState(): void {
    removeEmulatorState(this.folder.emulator);
    removeData(this.folder.postgres);
    fs.rmSync(dataHome(this.folder.mariaDb), { recursive: true, force: true });
    fs.mkdirSync(this.folder.postgres, { recursive: true });
  }

  private parts(): { emulator: Emulator; postgres: PostgresServer; mariaDb: MariaDbPart; dataApi: DataApiServer } {
    const { emulator, postgres, mariaDb, dataApi } = this;
    if (!emulator || !postgres || !mariaDb || !dataApi) throw new Error('the local cloud has not started');
    return { emulator, postgres, mariaDb, dataApi };
  }

  private say(part: LocalPart, message: string, done?: boolean): void {
    this.options.onProgress?.({ part, message, ...(done ? { done } : {}) });
  }
}
