import type { Command } from 'commander';
import { UserError } from '../user-error.js';
import { findCommits } from './find.js';
import { importArchive } from './import.js';
import { call, explained, findTarget, isObject } from './target.js';

interface Options {
  readonly from: string;
  readonly stack?: string;
  readonly account?: boolean;
  readonly json?: boolean;
}

/** Adds `dbpatterns commits`. */
export function commitsCommand(root: Command): void {
  const commits = root.command('commits').description('commits that are kept in DynamoDB');
  commits
    .command('republish')
    .description('publish what a store has kept since a time once more; views know what they have')
    .argument('<store>', 'its name, or service/store')
    .requiredOption('--from <time>', 'ISO 8601: 2026-01-31T12:00:00Z')
    .option('--stack <name>', 'look in this stack only')
    .option('--account', 'ask the account of the AWS environment, not the local cloud')
    .option('--json', 'as JSON')
    .action(republish);
  commits
    .command('import')
    .description('have an EventBridge archive play what it holds of a stream, and keep it as history')
    .argument('<stream>', 'its name, or service/stream')
    .option('--from <time>', 'ISO 8601: 2026-01-31T12:00:00Z (default: when the archive was made)')
    .option('--stack <name>', 'look in this stack only')
    .option('--account', 'ask the account of the AWS environment, not the local cloud')
    .option('--json', 'as JSON')
    .action(importArchive);
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
      const known = stores.map(({ store, service }) => `${service}/${store}`).join(', ');
      throw new UserError(`there is no one store of commits '${name}' in ${target.name}: ${known || 'it has none'}`);
    }
    let published = 0;
    let cursor: unknown;
    do {
      const request = { from: from.toISOString(), ...(cursor === undefined ? {} : { cursor }) };
      const answer = await call(target, only.functionName, request);
      if (!isObject(answer) || typeof answer['published'] !== 'number')
        throw new TypeError('the function answered oddly');
      published += answer['published'];
      cursor = answer['cursor'];
      if (!options.json && cursor !== undefined) console.log(`${published} published`);
    } while (cursor !== undefined);
    console.log(
      options.json ? JSON.stringify({ published }) : `${published} published: all since ${from.toISOString()}`,
    );
  } catch (error) {
    throw explained(error);
  }
}
