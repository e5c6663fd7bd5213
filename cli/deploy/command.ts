import type { Command } from 'commander';
import { deploy, LocalCloudError } from 'cdk-database-patterns-local';
import { within } from '../projections/asked.js';
import { readProject, requireApp, stateDirectory } from '../project.js';
import { isForAccount, targetOn, targetOptions } from '../target.js';
import { deployOnAws, type DeployCommandOptions } from './account.js';
import { attachWith } from './attach.js';
import { build } from './build.js';
import { printOutputs } from './outputs.js';
import { showDeployment } from './progress.js';
import { dueRebuilds } from './rebuilds.js';

/** Adds `dbpatterns deploy`. */
export function deployCommand(root: Command): void {
  const command = root
    .command('deploy')
    .description('build and deploy the app of cdk.json: to the local cloud that runs, or to an account')
    .argument('[stacks...]', 'names or patterns of stacks; by default all, and in an account the only one');
  targetOptions(command)
    .option('--rebuild', 'rebuild the views whose logic has another version than what they were built with')
    .option('--yes', 'with --target aws: do not ask before permissions change')
    .action(within(run));
}

async function run(stacks: string[], options: DeployCommandOptions): Promise<void> {
  if (isForAccount(options)) await deployOnAws(stacks, options);
  else await deployLocally(stacks, options);
}

async function deployLocally(stacks: string[], { rebuild = false }: DeployCommandOptions): Promise<void> {
  const project = readProject();
  const app = requireApp(project);
  const cloud = await attachWith(stateDirectory(), project.databases);
  await build(project, cloud.environment);
  const outputs = await showDeployment(({ onProgress }) => deploy({ cloud, app, stacks, onProgress })).catch(
    withoutFrames,
  );
  printOutputs(outputs, (value) => cloud.httpUrl(value));
  await dueRebuilds(targetOn(cloud), Object.keys(outputs), rebuild);
}

/** What a custom resource failed with is said without where in its bundle that was, and without a group that is none. */
export function withoutFrames(error: unknown): never {
  if (!(error instanceof LocalCloudError) || error.code !== 'DEPLOY_FAILED') throw error;
  const lines = error.message.split('\n').filter((line) => !/^\s*(at \S.*|Logs: \/aws\/lambda\/\S+)?\s*$/.test(line));
  throw new LocalCloudError(error.code, lines.join('\n'), { cause: error });
}
