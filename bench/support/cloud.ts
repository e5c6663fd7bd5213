import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as os from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib/core';
import { attachLocalCloud, deploy, type LocalCloud } from '../../local/index.js';
import { root } from '../../scripts/support/paths.js';

/** A local cloud of this run's own, started when it is first asked for. */
export class BenchCloud {
  private attached: Promise<LocalCloud> | undefined;
  private keeper: ChildProcess | undefined;
  private readonly folder = fs.mkdtempSync(join(os.tmpdir(), 'dbpatterns-bench-'));

  constructor(private readonly say: (what: string) => void) {}

  readonly get = (): Promise<LocalCloud> => (this.attached ??= this.start());

  async stop(): Promise<void> {
    const { keeper } = this;
    if (keeper !== undefined && keeper.exitCode === null) {
      const ended = once(keeper, 'exit');
      keeper.stdin?.end();
      await ended;
    }
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  private async start(): Promise<LocalCloud> {
    this.say('starting a local cloud');
    // PostgreSQL runs as another user where this process is root.
    fs.chmodSync(this.folder, 0o755);
    const keeper = fork(join(root, 'bench/support/keep-cloud.ts'), [this.folder], {
      execArgv: ['--import', 'tsx'],
      cwd: root,
      stdio: ['pipe', 'pipe', 'inherit', 'ipc'],
    });
    this.keeper = keeper;
    const ready = keeper.stdout === null ? Promise.reject(new Error('no output')) : once(keeper.stdout, 'data');
    const ended = once(keeper, 'exit').then(() => Promise.reject(new Error('the local cloud did not start')));
    await Promise.race([ready, ended]);
    ended.catch(() => undefined);
    const cloud = await attachLocalCloud(this.folder);
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
