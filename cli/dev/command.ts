import type { Command } from 'commander';
import { dev } from './dev.js';

/** Adds `dbpatterns local dev`. */
export function devCommand(local: Command): void {
  local
    .command('dev')
    .description('deploy the app of cdk.json, then watch its folder and deploy what changes, until interrupted')
    .argument('[stacks...]', 'names or patterns of stacks; all by default')
    .action(dev);
}
