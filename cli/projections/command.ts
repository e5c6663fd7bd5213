import type { Command } from 'commander';
import { targetOptions } from '../target.js';
import { within } from './asked.js';
import { rateOption, segmentsOption, waitOptions } from './options.js';
import { discard, parked, retry, show } from './parked.js';
import { rebuild, resume, rollback } from './start.js';
import { list, status, stop } from './status.js';

/** Where a job takes what it is not told from. */
const DECLARED = { settle: 'their time-out and 3 s', keep: 'what the construct says' };
const BEFORE = { settle: 'as it was started', keep: 'as it was started' };

/** Adds `dbpatterns projections`. */
export function projectionsCommand(root: Command): void {
  const projections = root
    .command('projections')
    .description('views: what is parked, and rebuilds; of the local cloud of this project, or of an account');
  const add = (name: string, description: string): Command =>
    targetOptions(
      projections.command(name).description(description).option('--stack <name>', 'look in this stack only'),
    ).option('--json', 'as JSON');
  const named = (name: string, description: string): Command =>
    add(name, description).argument('<projection>', 'its name, or the last part of it');

  add('list', 'all projections, their generations and versions').action(within(list));
  named('parked', 'the streams that stand still in it, in the live generation or in one that is built or kept').action(
    within(parked),
  );
  named('show', 'why a stream is parked, and the commit that cannot be applied, in each generation')
    .argument('<stream>', 'product/85123A')
    .option('--data', 'show what the events hold, too')
    .action(within(show));
  named('retry', "apply a parked stream's history again, after its handler was mended")
    .argument('[stream]', 'one stream: product/85123A; either it or --all is given')
    .option('--all', 'every stream that is parked; exit code 1 where one still is')
    .action(within(retry));
  named('discard', 'pass exactly the parked version of a stream, in the generations in which it is parked, then go on')
    .argument('<stream>', 'product/85123A')
    .option('--yes', 'do not ask')
    .action(within(discard));
  const rebuilds = add('rebuild', 'build a view anew from history, beside the live one, and have readers move to it')
    .argument('[projection]', 'its name, or the last part of it')
    .option('--due', 'all that were built with another version of their logic than the one that is deployed');
  waitOptions(segmentsOption(rateOption(rebuilds)), DECLARED)
    .addHelpText('after', '\nCtrl-C ends the watching only: the rebuild goes on, "status" follows it, "stop" ends it.')
    .action(within(rebuild));
  named('status', 'how far its rebuild is, and what to do where nobody works on it').action(within(status));
  named('stop', 'end its rebuild at the next step; what was built stays').action(within(stop));
  const resumes = named('resume', 'go on with a rebuild that was stopped, has failed, or whose execution has ended');
  waitOptions(rateOption(resumes), BEFORE).action(within(resume));
  const rollbacks = named('rollback', 'return to the view of before, or drop a new one that nobody reads yet');
  waitOptions(rollbacks, BEFORE).action(within(rollback));
}
