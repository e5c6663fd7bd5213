import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import type { StateFolder } from '../cloud/state.js';
import { LocalCloudError } from '../errors.js';
import { packageFile } from '../resources.js';
import { docker as onPath, type Docker } from './docker.js';

/** The ports on 127.0.0.1, and the password, as the compose file has them unless the environment says otherwise. */
export const DEFAULTS = {
  DBPATTERNS_AWS_PORT: '4566',
  DBPATTERNS_DATA_API_PORT: '45080',
  DBPATTERNS_POSTGRES_PORT: '45432',
  DBPATTERNS_PASSWORD: 'local',
} as const;

/** Seconds that the containers have to become healthy once their images are there. */
const HEALTHY_WITHIN = 300;
const TAKEN = /port is already allocated|address already in use/;

/** What a project of Compose is run with. */
export interface ComposeOptions {
  readonly docker?: Docker;
  readonly env?: NodeJS.ProcessEnv;
  readonly onLine?: (line: string) => void;
}

/**
 * The containers of a state folder: a project of Compose that is named after the folder's path, so that no folder takes
 * down another's. They outlive the process that started them: a note in the folder says that there are some.
 */
export class ComposeProject {
  readonly settings: Readonly<Record<keyof typeof DEFAULTS, string>>;
  readonly directory: string;
  private readonly file = packageFile('localstack', 'docker-compose.localstack.yml');
  private readonly name: string;

  constructor(
    private readonly folder: StateFolder,
    private readonly options: ComposeOptions = {},
  ) {
    const { env = process.env } = options;
    const given = (name: keyof typeof DEFAULTS): string => env[name] ?? DEFAULTS[name];
    this.settings = {
      DBPATTERNS_AWS_PORT: given('DBPATTERNS_AWS_PORT'),
      DBPATTERNS_DATA_API_PORT: given('DBPATTERNS_DATA_API_PORT'),
      DBPATTERNS_POSTGRES_PORT: given('DBPATTERNS_POSTGRES_PORT'),
      DBPATTERNS_PASSWORD: given('DBPATTERNS_PASSWORD'),
    };
    this.directory = dirname(this.file);
    this.name = `dbpatterns-${createHash('sha256').update(folder.directory).digest('hex').slice(0, 8)}`;
  }

  /** Starts all containers afresh and waits for their health. */
  async up(): Promise<void> {
    // what a killed process left would be taken over with its state
    await this.run(['down', '--volumes', '--remove-orphans']);
    fs.mkdirSync(this.folder.directory, { recursive: true });
    fs.writeFileSync(this.folder.containers, this.name);
    await this.run(['up', '--detach', '--wait', '--wait-timeout', String(HEALTHY_WITHIN)]);
  }

  /** Ends one container as a crash would, and starts it again once `meanwhile` is done. */
  async crash(service: string, meanwhile: () => Promise<void>): Promise<void> {
    await this.run(['kill', service]);
    try {
      await meanwhile();
    } finally {
      await this.run(['up', '--detach', '--wait', service]);
    }
  }

  /** Whether there are containers, healthy or not, as far as this folder knows. */
  exists(): boolean {
    return fs.existsSync(this.folder.containers);
  }

  /** Ends and removes the containers with all that they hold; the note stays where that fails. */
  async down(): Promise<void> {
    if (!this.exists()) return;
    await this.run(['down', '--volumes', '--remove-orphans']);
    fs.rmSync(this.folder.containers, { force: true });
  }

  private async run(args: readonly string[]): Promise<void> {
    const { docker = onPath, onLine } = this.options;
    const env = { ...process.env, ...this.settings, DBPATTERNS_ROOT: installedIn(this.directory) };
    const command = ['compose', '--project-name', this.name, '--file', this.file, '--progress', 'plain', ...args];
    const { code, output } = await docker(command, { cwd: this.directory, env, ...(onLine ? { onLine } : {}) });
    if (code === 0) return;
    const last = output.trim().split('\n').slice(-8).join('\n');
    const hint = TAKEN.test(last) ? `\n${OTHERS}` : '';
    throw new LocalCloudError('EMULATOR_FAILED', `docker ${command.join(' ')} failed:\n${last}${hint}`);
  }
}

const OTHERS =
  'If another local cloud has the port ("docker compose ls" names each dbpatterns-…), end it with "dbpatterns local down" ' +
  'in its folder or "docker compose -p NAME down --volumes", or set DBPATTERNS_AWS_PORT and the other ports of the file.';

/** The folder in whose node_modules this package lies, with what it needs beside it. */
function installedIn(directory: string): string {
  const parent = dirname(directory);
  if (fs.existsSync(join(directory, 'node_modules', 'cdk-database-patterns-local')) || parent === directory) {
    return directory;
  }
  return installedIn(parent);
}
