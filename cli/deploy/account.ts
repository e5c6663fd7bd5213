import { awsAccount, deployToAccount, type AwsAccount, type PermissionChanges } from 'cdk-database-patterns-local';
import { confirm } from '../confirm.js';
import { readProject, requireApp } from '../project.js';
import { answerSignals, INTERRUPTED } from '../signals.js';
import { targetIn, type TargetOptions } from '../target.js';
import { UserError } from '../user-error.js';
import { build } from './build.js';
import { printOutputs } from './outputs.js';
import { showDeployment } from './progress.js';
import { dueRebuilds } from './rebuilds.js';

/** What `dbpatterns deploy` is told. */
export interface DeployCommandOptions extends TargetOptions {
  readonly rebuild?: boolean;
  readonly yes?: boolean;
}

/** `dbpatterns deploy --target aws` */
export async function deployOnAws(stacks: readonly string[], options: DeployCommandOptions): Promise<void> {
  const { yes = false, rebuild = false } = options;
  const project = readProject();
  const app = requireApp(project);
  if (!yes && !process.stdin.isTTY) {
    throw new UserError(
      'nobody is there to be asked before permissions change in an account: add --yes, or use a terminal',
    );
  }
  const account = await awsAccount(options.profile);
  console.log(greeting(account));
  await build(project, { DBPATTERNS_LOCAL_DATABASES: undefined });
  const outputs = await showDeployment(async (shown) => {
    answerSignals(() => {
      shown.say('CloudFormation goes on with what it has begun, without you.');
      process.exit(INTERRUPTED);
    });
    const approve = async (changes: PermissionChanges): Promise<void> => {
      shown.say(changes.text);
      if (!yes) await ask(changes);
    };
    return deployToAccount({ account, app, stacks, onProgress: shown.onProgress, approve });
  }).finally(() => answerSignals(undefined));
  printOutputs(outputs);
  await dueRebuilds(targetIn(account, options), Object.keys(outputs), rebuild);
}

/** Where it goes; endpoints that the environment names, of one service too, are none of AWS's. */
function greeting({ accountId, region }: AwsAccount): string {
  const elsewhere = Object.entries(process.env).filter(([name]) => name.startsWith('AWS_ENDPOINT_URL'));
  const where = elsewhere.map(([name, url]) => `, at ${url} (${name})`).join('');
  return `Deploying to account ${accountId}, ${region}${where}`;
}

async function ask({ stack }: PermissionChanges): Promise<void> {
  try {
    await confirm(`Change these permissions, and deploy ${stack}?`);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${stack} was not changed`, { exitCode: error.exitCode, cause: error });
  }
}
