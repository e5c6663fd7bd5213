import { Command } from 'commander';
import { deployCommand } from './deploy/command.js';
import { devCommand } from './dev/command.js';
import { down } from './local/down.js';
import { logs } from './local/logs.js';
import { reset } from './local/reset.js';
import { status } from './local/status.js';
import { up } from './local/up.js';
import { UserError } from './user-error.js';

/** Runs the command line; sets the exit code: 0 done, 1 failed, 130 interrupted. */
export async function main(argv: readonly string[]): Promise<void> {
  // the SDK's advice about the version of Node belongs to those who write programs with it
  process.removeAllListeners('warning');
  try {
    await program().parseAsync([...argv]);
  } catch (error) {
    process.exitCode = error instanceof UserError ? error.exitCode : 1;
    const expected = error instanceof UserError || (error instanceof Error && error.name === 'LocalCloudError');
    console.error(expected ? `dbpatterns: ${error.message}` : error);
  }
}

function program(): Command {
  const root = new Command('dbpatterns')
    .description('Database patterns on AWS CDK: a local cloud, and deployments to it')
    .showHelpAfterError('(dbpatterns --help shows what there is)');
  const local = root.command('local').description('the cloud on this machine; its state lies in .local/');
  local
    .command('up')
    .description("start it with the databases of cdk.json's context, and return when it is ready")
    .option('--auth', 'enforce IAM')
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
  return root;
}
