import * as fs from 'node:fs';
import * as os from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib/core';
import { bootstrap, deploy, startLocalCloud, type LocalCloud, type StartedCloud } from '../../local/index.js';

/** A local cloud of this run's own, started when it is first asked for. */
export class BenchCloud {
  private starting: Promise<StartedCloud> | undefined;
  private readonly folder = fs.mkdtempSync(join(os.tmpdir(), 'dbpatterns-bench-'));

  constructor(private readonly say: (what: string) => void) {}

  readonly get = (): Promise<LocalCloud> => (this.starting ??= this.start());

  async stop(): Promise<void> {
    await (await this.starting)?.stop();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  private async start(): Promise<StartedCloud> {
    this.say('starting a local cloud');
    // PostgreSQL runs as another user where this process is root.
    fs.chmodSync(this.folder, 0o755);
    const cloud = await startLocalCloud({ stateDirectory: this.folder });
    await bootstrap(cloud);
    Object.assign(process.env, cloud.environment);
    return cloud;
  }
}

/** Deploys one stack; its outputs by their keys. */
export async function deployed(
  cloud: LocalCloud,
  name: string,
  build: (stack: Stack) => void,
): Promise<Record<string, string>> {
  const outputs = await deploy({
    cloud,
    app: (outdir) => {
      const app = new App({ outdir, analyticsReporting: false });
      build(new Stack(app, name, { env: { account: cloud.accountId, region: cloud.region } }));
      return app;
    },
  });
  return outputs[name] ?? {};
}
