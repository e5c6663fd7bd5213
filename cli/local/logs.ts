import * as fs from 'node:fs';
import { join } from 'node:path';
import {
  CloudWatchLogsClient,
  paginateDescribeLogGroups,
  paginateFilterLogEvents,
  type FilteredLogEvent,
} from '@aws-sdk/client-cloudwatch-logs';
import { attachLocalCloud, clientOptions, logFiles } from 'cdk-database-patterns-local';
import { stateDirectory } from '../project.js';
import { UserError } from '../user-error.js';

const EVERY = 500;
/** Events can become visible a little late. */
const OVERLAP = 2000;
const NO_FUNCTIONS = 'No function has logged anything.';
const NO_PARTS = 'Nothing has been logged: no local cloud was started in this folder.';
const FRAMES = /^(START|END|REPORT|INIT_START) /;
/** What the names of groups begin with: those that Lambda makes, and those of a stack that have no name of their own. */
const GIVEN = /^\/aws\/(lambda|cloudformation)\//;

/** `dbpatterns local logs` */
export async function logs(options: { follow?: boolean; system?: boolean }): Promise<void> {
  const print = options.system ? systemLogs() : await functionLogs();
  if ((await print()) === 0 && !options.follow) console.error(options.system ? NO_PARTS : NO_FUNCTIONS);
  while (options.follow) {
    await new Promise((resolve) => setTimeout(resolve, EVERY));
    try {
      await print();
    } catch (error) {
      if (!(error instanceof Error && 'syscall' in error)) throw error;
      throw new UserError('the local cloud has ended', { cause: error });
    }
  }
}

/** Prints what was logged since it was called last, and answers how much. */
type Print = () => Promise<number>;

async function functionLogs(): Promise<Print> {
  const client = new CloudWatchLogsClient(clientOptions(await attachLocalCloud(stateDirectory())));
  const fresh = unseen();
  let since = 0;
  return async () => {
    const lines: { time: number; line: string }[] = [];
    // A function may log to a group of its own, as those of this kit do: no prefix tells which groups are functions'.
    for await (const page of paginateDescribeLogGroups({ client }, {})) {
      for (const { logGroupName = '' } of page.logGroups ?? []) {
        const name = logGroupName.replace(GIVEN, '');
        const found: FilteredLogEvent[] = [];
        for await (const { events = [] } of paginateFilterLogEvents({ client }, { logGroupName, startTime: since })) {
          found.push(...events);
        }
        for (const { timestamp = 0, message = '' } of fresh(logGroupName, found)) {
          if (FRAMES.test(message)) continue;
          lines.push({ time: timestamp, line: `${new Date(timestamp).toISOString()} ${name} ${message.trimEnd()}` });
        }
      }
    }
    lines.sort((a, b) => a.time - b.time);
    for (const { line } of lines) console.log(line);
    since = Math.max(since, (lines.at(-1)?.time ?? 0) - OVERLAP);
    return lines.length;
  };
}

/**
 * Picks the events of a group that it has not been given before. The emulator's have no id: those that are alike in all
 * else are told apart by how many of them there are, for which it has to be given all of a millisecond together.
 */
export function unseen(): (group: string, events: readonly FilteredLogEvent[]) => FilteredLogEvent[] {
  const seen = new Set<string>();
  return (group, events) => {
    const alike = new Map<string, number>();
    return events.filter(({ eventId, logStreamName, timestamp, message }) => {
      const what = JSON.stringify(eventId ? [eventId] : [group, logStreamName, timestamp, message]);
      const nth = 1 + (alike.get(what) ?? 0);
      alike.set(what, nth);
      const key = eventId ? what : `${what} ${nth}`;
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    });
  };
}

function systemLogs(): Print {
  const directory = stateDirectory();
  const files = [join(directory, 'supervisor.log'), ...logFiles(directory)];
  const read = new Map<string, number>();
  return () => {
    let printed = 0;
    for (const file of files.filter((path) => fs.existsSync(path))) {
      const text = fs.readFileSync(file, 'utf8');
      const seen = read.get(file) ?? 0;
      // shorter than before: a reset made it anew
      const added = text.slice(seen > text.length ? 0 : seen);
      process.stdout.write(added);
      printed += added.length;
      read.set(file, text.length);
    }
    return Promise.resolve(printed);
  };
}
