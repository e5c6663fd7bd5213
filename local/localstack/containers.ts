import * as fs from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { KeptCloud, type StartedCloud } from '../cloud/cloud.js';
import type { StateFolder } from '../cloud/state.js';
import { LocalCloudError } from '../errors.js';
import { asSuperuser, prepareRegistry, type Superuser } from '../postgres/databases.js';
import type { OnProgress } from '../progress.js';
import { packageFile } from '../resources.js';
import { docker as onPath, requireDocker, type Docker } from './docker.js';

/** What the containers are told. */
export interface ContainersOptions {
  readonly databases?: readonly string[];
  readonly cacheDirectory?: string;
  readonly onProgress?: OnProgress;
}

/** The ports on 127.0.0.1, and the password, as the compose file has them unless the environment says otherwise. */
const DEFAULTS = {
  DBPATTERNS_AWS_PORT: '4566',
  DBPATTERNS_DATA_API_PORT: '45080',
  DBPATTERNS_POSTGRES_PORT: '45432',
  DBPATTERNS_PASSWORD: 'local',
} as const;

/** Seconds that the containers have to become healthy once their images are there. */
const HEALTHY_WITHIN = 300;

/** LocalStack, the engines and the Data API as containers that this process keeps. */
export class Containers {
  private readonly file = packageFile('localstack', 'docker-compose.localstack.yml');
  private readonly settings: Record<keyof typeof DEFAULTS, string>;
  private ending?: Promise<void>;
  private begun = false;

  constructor(
    private readonly folder: StateFolder,
    private readonly options: ContainersOptions,
    private readonly docker: Docker = onPath,
    env: NodeJS.ProcessEnv = process.env,
  ) {
    const given = Object.entries(DEFAULTS).map(([name, value]) => [name, env[name] ?? value]);
    this.settings = Object.fromEntries(given) as typeof this.settings;
  }

  async run(release: () => void): Promise<StartedCloud> {
    await requireDocker(this.docker, this.directory);
    this.say('starting containers; their images are fetched at the first use');
    this.begun = true;
    await this.compose(['up', '--detach', '--wait', '--wait-timeout', String(HEALTHY_WITHIN)]);
    await asSuperuser(this.postgres, 'postgres', prepareRegistry);
    const parts = {
      stateDirectory: this.folder.directory,
      cacheDirectory: resolve(this.options.cacheDirectory ?? '.local'),
      endpoint: `http://127.0.0.1:${this.settings.DBPATTERNS_AWS_PORT}`,
      dataApiEndpoint: `http://127.0.0.1:${this.settings.DBPATTERNS_DATA_API_PORT}`,
      auth: false,
      target: 'localstack' as const,
      postgres: this.postgres,
    };
    const cloud = new KeptCloud({ ...parts, stop: () => this.end().finally(release) }, (part, meanwhile) =>
      this.restart(part, meanwhile),
    );
    await cloud.load();
    for (const name of this.options.databases ?? []) await cloud.createDatabase(name);
    this.folder.write({ format: 1, ...parts });
    this.say('ready', true);
    return cloud;
  }

  /** Ends and removes the containers; a second call waits for the first. */
  end(): Promise<void> {
    return (this.ending ??= (async () => {
      this.folder.remove();
      if (!this.begun) return;
      await this.compose(['down', '--volumes', '--remove-orphans']).catch(() => undefined);
    })());
  }

  private async restart(part: 'emulator' | 'postgres', meanwhile = () => Promise.resolve()): Promise<void> {
    if (part === 'emulator') {
      throw new LocalCloudError('NOT_KEPT', 'LocalStack would lose its state: restart PostgreSQL only');
    }
    await this.compose(['kill', 'postgres']);
    try {
      await meanwhile();
    } finally {
      await this.compose(['up', '--detach', '--wait', 'postgres']);
    }
  }

  private async compose(args: readonly string[]): Promise<void> {
    const env = { ...process.env, ...this.settings, DBPATTERNS_ROOT: installedIn(this.directory) };
    const onLine = (line: string): void => this.say(line);
    const command = ['compose', '--file', this.file, '--progress', 'plain', ...args];
    const { code, output } = await this.docker(command, { cwd: this.directory, env, onLine });
    if (code === 0) return;
    const last = output.trim().split('\n').slice(-8).join('\n');
    throw new LocalCloudError('EMULATOR_FAILED', `docker ${command.join(' ')} failed:\n${last}`);
  }

  private get directory(): string {
    return dirname(this.file);
  }

  private get postgres(): Superuser {
    return { port: Number(this.settings.DBPATTERNS_POSTGRES_PORT), password: this.settings.DBPATTERNS_PASSWORD };
  }

  private say(message: string, done?: boolean): void {
    this.options.onProgress?.({ part: 'cloud', message, ...(done ? { done } : {}) });
  }
}

/** The folder in whose node_modules this package lies, with what it needs beside it. */
function installedIn(directory: string): string {
  const parent = dirname(directory);
  if (fs.existsSync(join(directory, 'node_modules', 'cdk-database-patterns-local')) || parent === directory) {
    return directory;
  }
  return installedIn(parent);
}
