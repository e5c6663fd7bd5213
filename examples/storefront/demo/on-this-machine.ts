import { deploy, type LocalCloud, startLocalCloud, type Target } from 'cdk-database-patterns-local';
import { postgresAt, type PostgresClient } from 'cdk-database-patterns-lambda/stores';
import { storefront } from '../services/app.js';
import type { Caller } from './client.js';
import { outputsOf, type Outputs } from './deployed.js';
import type { Place, Say } from './place.js';

/** What the cloud of the demo is told. */
export interface MachineOptions {
  /** Where its state goes. */
  readonly folder: string;
  /** Where what is made once lies. */
  readonly cache: string;
  readonly auth: boolean;
  readonly target: Target;
}

/** A cloud on this machine, which ends with this process. */
export class OnThisMachine implements Place {
  readonly stackName = 'Storefront';
  private cloud?: LocalCloud;

  constructor(private readonly options: MachineOptions) {}

  get beginning(): string {
    return `Start a cloud on this machine${this.options.auth ? ', with IAM enforced' : ''}`;
  }

  async start(say: Say): Promise<void> {
    const { folder, cache, auth, target } = this.options;
    this.cloud = await startLocalCloud({
      stateDirectory: folder,
      cacheDirectory: cache,
      databases: ['catalog', 'insights'],
      auth,
      target,
      onProgress: ({ part, message }) => say(`${part}: ${message}`),
    });
    // The SDK and the CDK of this process speak to this cloud from here on.
    Object.assign(process.env, this.cloud.environment);
  }

  async deploy(say: Say): Promise<Outputs> {
    const { stackName, running: cloud } = this;
    const app = (outdir: string) => storefront({ outdir, stackName, databases: cloud.databases, development: true });
    return outputsOf(stackName, await deploy({ cloud, app, onProgress: ({ message }) => say(message) }));
  }

  get caller(): Caller {
    const { region, environment } = this.running;
    const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = environment;
    return { region, credentials: { accessKeyId, secretAccessKey } };
  }

  url(output: string): string {
    return this.running.httpUrl(output);
  }

  database(name: string): PostgresClient {
    const existing = this.running.databases[name];
    if (!existing) throw new Error(`the local cloud has no database ${name}`);
    return postgresAt(existing);
  }

  keep(): void {
    console.log(`  The cloud stays at ${this.running.endpoint} until Ctrl-C.`);
    setInterval(() => undefined, 60_000);
  }

  async end(): Promise<void> {
    await this.cloud?.stop();
  }

  readonly lastWords = 'stopping the cloud';

  interrupted(): Promise<void> {
    return this.end();
  }

  private get running(): LocalCloud {
    if (!this.cloud) throw new Error('the cloud has not been started');
    return this.cloud;
  }
}
