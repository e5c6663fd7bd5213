import { deploy, type LocalCloud, type OnDeployProgress, type StackOutputs } from 'cdk-database-patterns-local';
import { build } from '../deploy/build.js';
import { printOutputs } from '../deploy/outputs.js';
import { showDeployment } from '../deploy/progress.js';
import { ensureUp } from '../local/up.js';
import { readProject, requireApp, stateDirectory, type Project } from '../project.js';
import { Changes } from './changes.js';
import { Functions } from './functions.js';

/**
 * `dbpatterns local dev`: one process stays, so that nothing is loaded twice. A changed function is sent at once; the
 * deployment that follows brings the stacks up to date.
 */
export async function dev(stacks: string[]): Promise<void> {
  const project = readProject();
  const app = requireApp(project);
  const { databases } = project;
  const { cloud } = await ensureUp({ stateDirectory: stateDirectory(), databases, auth: false, target: 'embedded' });
  const loop = new DevLoop(project, app, stacks, cloud);
  const changes = new Changes(project.directory);
  await changes.ready();
  await attempt(() => loop.first());
  console.log(`watching ${project.directory}; interrupt to end (the local cloud stays up)`);
  for (;;) {
    const paths = await changes.next();
    console.log(`changed: ${paths.slice(0, 3).join(', ')}${paths.length > 3 ? ` and ${paths.length - 3} more` : ''}`);
    await attempt(() => loop.again(changes));
  }
}

class DevLoop {
  private readonly functions: Functions;

  constructor(
    private readonly project: Project,
    private readonly app: string,
    private readonly stacks: readonly string[],
    private readonly cloud: LocalCloud,
  ) {
    this.functions = new Functions(cloud);
  }

  async first(): Promise<void> {
    await build(this.project, this.cloud.environment);
    const start = performance.now();
    const outputs = await showDeployment(({ onProgress }) => this.deploy(onProgress));
    await this.functions.learn(Object.keys(outputs));
    printOutputs(outputs, (value) => this.cloud.httpUrl(value));
    console.log(`deployed in ${seconds(start)}`);
  }

  async again(changes: Changes): Promise<void> {
    const start = performance.now();
    await build(this.project, this.cloud.environment);
    changes.forget(this.functions.folders);
    const updated = await this.functions.update();
    if (updated.length > 0)
      console.log(`${updated.length} function(s) answer with the new code after ${seconds(start)}`);
    const outputs = await this.deploy();
    await this.functions.learn(Object.keys(outputs));
    console.log(`stacks up to date after ${seconds(start)}`);
  }

  private deploy(onProgress?: OnDeployProgress): Promise<StackOutputs> {
    const { app, cloud, stacks } = this;
    return deploy({ cloud, app, stacks, assetStaging: false, ...(onProgress ? { onProgress } : {}) });
  }
}

/** A fault in the code that is being written is shown, and the watching goes on. */
async function attempt(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
  }
}

function seconds(start: number): string {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`;
}
