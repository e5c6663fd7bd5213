import { spawn } from 'node:child_process';
import type { Command } from 'commander';
import { deploy, LocalCloudError, type LocalCloud, type StackOutputs } from 'cdk-database-patterns-local';
import { readProject, requireApp, stateDirectory, type Project } from '../project.js';
import { UserError } from '../user-error.js';
import { attachWith } from './attach.js';
import { showDeployment } from './progress.js';
import { dueRebuilds } from './rebuilds.js';

/** Adds `dbpatterns deploy`. */
export function deployCommand(root: Command): void {
  root
    .command('deploy')
    .description('build, bootstrap and deploy the app of cdk.json to the running local cloud')
    .argument('[stacks...]', 'names or patterns of stacks; all by default')
    .option('--rebuild', 'rebuild the views whose logic has another version than what they were built with')
    .action(run);
}

async function run(stacks: string[], options: { rebuild?: boolean }): Promise<void> {
  const project = readProject();
  const app = requireApp(project);
  const cloud = await attachWith(stateDirectory(), project.databases);
  await build(project, cloud);
  const outputs = await showDeployment((onProgress) => deploy({ cloud, app, stacks, onProgress })).catch(withoutFrames);
  printOutputs(cloud, outputs);
  await dueRebuilds(cloud, Object.keys(outputs), options.rebuild === true);
}

/** What a custom resource failed with is said without where in its bundle that was, and without a group that is none. */
export function withoutFrames(error: unknown): never {
  if (!(error instanceof LocalCloudError) || error.code !== 'DEPLOY_FAILED') throw error;
  const lines = error.message.split('\n').filter((line) => !/^\s*(at \S.*|Logs: \/aws\/lambda\/\S+)?\s*$/.test(line));
  throw new LocalCloudError(error.code, lines.join('\n'), { cause: error });
}

/** Runs the build command of cdk.json. */
export async function build(project: Project, cloud: LocalCloud): Promise<void> {
  if (!project.build) return;
  const command = project.build;
  const code = await new Promise<number | null>((resolve, reject) => {
    const child = spawn(command, { shell: true, stdio: 'inherit', env: { ...process.env, ...cloud.environment } });
    const end = () => child.kill();
    process.once('exit', end);
    child.once('error', reject);
    child.once('exit', (exitCode) => {
      process.off('exit', end);
      resolve(exitCode);
    });
  });
  if (code !== 0) throw new UserError(`the build command of cdk.json failed (exit code ${code}): ${command}`);
}

function printOutputs(cloud: LocalCloud, outputs: StackOutputs): void {
  for (const [stack, values] of Object.entries(outputs)) {
    for (const [name, value] of Object.entries(values)) console.log(`${stack}.${name} = ${cloud.httpUrl(value)}`);
  }
}
