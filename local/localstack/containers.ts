import { resolve } from 'node:path';
import { KeptCloud, type StartedCloud } from '../cloud/cloud.js';
import type { StateFolder } from '../cloud/state.js';
import { LocalCloudError } from '../errors.js';
import { asSuperuser, prepareRegistry } from '../postgres/databases.js';
import type { OnProgress } from '../progress.js';
import { ComposeProject } from './compose.js';
import { docker as onPath, requireDocker, type Docker } from './docker.js';

/** What the containers are told. */
export interface ContainersOptions {
  readonly databases?: readonly string[];
  readonly cacheDirectory?: string;
  readonly documentedLimits?: boolean;
  readonly onProgress?: OnProgress;
}

/** LocalStack, the engines and the Data API as containers that this process keeps. */
export class Containers {
  private readonly project: ComposeProject;
  private ending?: Promise<void>;

  constructor(
    private readonly folder: StateFolder,
    private readonly options: ContainersOptions,
    private readonly docker: Docker = onPath,
    env: NodeJS.ProcessEnv = process.env,
  ) {
    this.project = new ComposeProject(folder, { docker, env, onLine: (line) => this.say(line) });
  }

  async run(release: () => void): Promise<StartedCloud> {
    if (this.options.documentedLimits) {
      const message =
        "the Data API of the target 'localstack' carries rows over 64 KB: leave out the documented limits";
      throw new LocalCloudError('TARGET_LACKS', message);
    }
    await requireDocker(this.docker, this.project.directory);
    this.say('starting containers; their images are fetched at the first use');
    await this.project.up();
    const { settings } = this.project;
    const postgres = { port: Number(settings.DBPATTERNS_POSTGRES_PORT), password: settings.DBPATTERNS_PASSWORD };
    await asSuperuser(postgres, 'postgres', prepareRegistry);
    const parts = {
      stateDirectory: this.folder.directory,
      cacheDirectory: resolve(this.options.cacheDirectory ?? '.local'),
      endpoint: `http://127.0.0.1:${settings.DBPATTERNS_AWS_PORT}`,
      dataApiEndpoint: `http://127.0.0.1:${settings.DBPATTERNS_DATA_API_PORT}`,
      auth: false,
      documentedLimits: false,
      target: 'localstack' as const,
      postgres,
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
      await this.project.down();
    })());
  }

  private async restart(part: 'emulator' | 'postgres', meanwhile = () => Promise.resolve()): Promise<void> {
    if (part === 'emulator') {
      throw new LocalCloudError('NOT_KEPT', 'LocalStack would lose its state: restart PostgreSQL only');
    }
    await this.project.crash('postgres', meanwhile);
  }

  private say(message: string, done?: boolean): void {
    this.options.onProgress?.({ part: 'cloud', message, ...(done ? { done } : {}) });
  }
}
