import { createRequire } from 'node:module';
import { Command } from 'commander';
import { deployCommand } from './deploy/command.js';
import { devCommand } from './dev/command.js';
import { down } from './local/down.js';
import { whyEnded } from './local/ended.js';
import { logs } from './local/logs.js';
import { reset } from './local/reset.js';
import { status } from './local/status.js';
import { up } from './local/up.js';
import { commitsCommand } from './projections/commits.js';
import { projectionsCommand } from './projections/command.js';
import { stateDirectory } from './project.js';
import { exitOnSignals } from './signals.js';
import { UserError } from './user-error.js';

/** Runs the command line; sets the exit code: 0 done, 1 failed, 130 interrupted. */
export async function main(argv: readonly string[]): Promise<void> {
  // the SDK's advice about the version of Node belongs to those who write programs with it
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  exitOnSignals();
  // the reader of a pipe (head, say) has seen enough
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => process.exit(code === 'EPIPE' ? 0 : 1));
  try {
    await program().parseAsync([...argv]);
  } catch (error) {
    process.exitCode = error instanceof UserError ? error.exitCode : 1;
    console.error(isExpected(error) ? `dbpatterns: ${error.message}${mend(error)}` : error);
  }
}

/** What a reader can do something about; all else is a fault of this program and shows where. */
function isExpected(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  return error instanceof UserError || error.name === 'LocalCloudError' || 'syscall' in error;
}

function mend(error: Error): string {
  if (isAway(error) || isAway(error.cause)) {
    const why = whyEnded(stateDirectory());
    return why && `\n${why}`;
  }
  const denied = 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM');
  return denied ? '. Another user (root?) made it: hand it over, remove it, or run this as that user' : '';
}

/** Whether it is that the local cloud does not run, or not any more. */
function isAway(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return (error.name === 'LocalCloudError' && error.code === 'NOT_RUNNING') || error.code === 'ECONNREFUSED';
}

function version(): string {
  return (createRequire(import.meta.url)('cdk-database-patterns-cli/package.json') as { version: string }).version;
}

function program(): Command {
  const root = new Command('dbpatterns')
    .description('Database patterns on AWS CDK: a local cloud, and deployments to it or to an account')
    .version(version());
  const local = root.command('local').description('the cloud on this machine; its state lies in .local/');
  local
    .command('up')
    .description("start it with the databases of cdk.json's context, and return when it is ready")
    .option('--auth', 'enforce IAM')
    .option(
      '--documented-limits',
      'refuse rows over 64 KB, which the documentation of the RDS Data API does, but Aurora does not',
    )
    .option('--target <target>', 'what stands for AWS: embedded, localstack (in Docker) or localstack-host')
    .action(up);
  local.command('down').description('end it and keep its state').action(down);
  local
    .command('status')
    .description('what runs and where; exit code 1 when nothing does')
    .option('--json', 'as JSON')
    .option('--env', 'as shell exports, for other tools')
    .action(status);
  local.command('reset').description('forget its state; start afresh if it was running').action(reset);
  local
    .command('logs')
    .description('what the functions logged')
    .option('-f, --follow', 'go on as they log')
    .option('--system', 'what emulator, PostgreSQL and supervisor logged instead')
    .action(logs);
  devCommand(local);
  deployCommand(root);
  projectionsCommand(root);
  commitsCommand(root);
  nameHelp(root, []);
  return root;
}

/** Has the errors of each command name its own help. */
function nameHelp(command: Command, above: readonly string[]): void {
  const path = [...above, command.name()];
  command.showHelpAfterError(`(${path.join(' ')} --help shows what there is)`);
  for (const one of command.commands) nameHelp(one, path);
}
