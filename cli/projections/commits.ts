import type { Command } from 'commander';
import { answerSignals, INTERRUPTED } from '../signals.js';
import { call, explained, findTarget, isObject, targetOptions, type TargetOptions } from '../target.js';
import { UserError } from '../user-error.js';
import { said } from './asked.js';
import { findCommits } from './find.js';
import { importArchive } from './import.js';

interface Options extends TargetOptions {
  readonly from: string;
  readonly cursor?: string;
  readonly stack?: string;
  readonly json?: boolean;
}

/** Adds `dbpatterns commits`. */
export function commitsCommand(root: Command): void {
  const commits = root.command('commits').description('commits that are kept in DynamoDB');
  const republished = commits
    .command('republish')
    .description('publish what a store has kept since a time once more; views know what they have')
    .argument('<store>', 'its name, or service/store')
    .requiredOption('--from <time>', 'ISO 8601: 2026-01-31T12:00:00Z')
    .option('--cursor <cursor>', 'go on from where an earlier one came to; it says so when it ends early')
    .option('--stack <name>', 'look in this stack only');
  targetOptions(republished).option('--json', 'as JSON').action(republish);
  const imported = commits
    .command('import')
    .description('have an EventBridge archive play what it holds of a stream, and keep it as history')
    .argument('<stream>', 'its name, or service/stream')
    .option('--from <time>', 'ISO 8601: 2026-01-31T12:00:00Z (default: when the archive was made)')
    .option('--stack <name>', 'look in this stack only');
  targetOptions(imported).option('--json', 'as JSON').action(importArchive);
}

async function republish(name: string, options: Options): Promise<void> {
  const from = new Date(options.from);
  if (Number.isNaN(from.getTime()))
    throw new UserError(`--from ${options.from} is no time: 2026-01-31T12:00:00Z is one`);
  try {
    const target = await findTarget(options);
    const stores = await findCommits(target, options.stack);
    const wanted = name.toLowerCase();
    const alike = stores.filter(({ store, service }) =>
      [store, `${service}/${store}`].some((one) => one.toLowerCase() === wanted),
    );
    const [only] = alike;
    if (only === undefined || alike.length > 1) {
      const known = stores.map(({ store, service, stack }) => `${service}/${store} (${stack})`).join(', ');
      const which = alike.length > 1 ? 'more than one store' : 'no store';
      throw new UserError(`there is ${which} of commits '${name}' in ${target.name}: ${known || 'it has none'}`);
    }
    const ask = (request: object): Promise<unknown> => call(target, only.functionName, request);
    const published = await republishing(ask, from.toISOString(), options.cursor, (count) => {
      if (!options.json) console.log(`${count} published`);
    });
    console.log(
      options.json ? JSON.stringify({ published }) : `${published} published: all since ${from.toISOString()}`,
    );
  } catch (error) {
    throw explained(error);
  }
}

/**
 * Has a store publish page after page; how many commits that were.
 *
 * @throws UserError that says where to go on, if it does not come to the end
 */
export async function republishing(
  ask: (request: object) => Promise<unknown>,
  from: string,
  begin: string | undefined,
  onPage: (published: number) => void,
): Promise<number> {
  let published = 0;
  let cursor = begin;
  answerSignals(() => {
    console.error(`${published} published. ${goOn(cursor)}`);
    process.exit(INTERRUPTED);
  });
  try {
    do {
      const answer = await ask({ from, ...(cursor === undefined ? {} : { cursor }) });
      if (!isObject(answer) || typeof answer['published'] !== 'number') {
        throw new TypeError('the function answered oddly');
      }
      published += answer['published'];
      cursor = typeof answer['cursor'] === 'string' ? answer['cursor'] : undefined;
      if (cursor !== undefined) onPage(published);
    } while (cursor !== undefined);
    return published;
  } catch (cause) {
    if (cursor === begin) throw cause;
    throw new UserError(`${said(explained(cause))}. ${published} were published until then. ${goOn(cursor)}`, {
      cause,
    });
  } finally {
    answerSignals(undefined);
  }
}

function goOn(cursor: string | undefined): string {
  return cursor === undefined ? 'Begin again' : `Go on with --cursor '${cursor}'`;
}
