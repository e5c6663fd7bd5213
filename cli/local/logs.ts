import * as fs from 'node:fs';
import { join } from 'node:path';
import {
  CloudWatchLogsClient,
  FilterLogEventsCommand,
  paginateDescribeLogGroups,
} from '@aws-sdk/client-cloudwatch-logs';
import { attachLocalCloud, clientOptions } from 'cdk-database-patterns-local';
import { stateDirectory } from '../project.js';

const EVERY = 500;
/** Events can become visible a little late. */
const OVERLAP = 2000;
const FRAMES = /^(START|END|REPORT|INIT_START) /;

/** `dbpatterns local logs` */
export async function logs(options: { follow?: boolean; system?: boolean }): Promise<void> {
  const print = options.system ? systemLogs() : await functionLogs();
  await print();
  while (options.follow) {
    await new Promise((resolve) => setTimeout(resolve, EVERY));
    await print();
  }
}

/** Answers a function that prints what was logged since it was called last. */
async function functionLogs(): Promise<() => Promise<void>> {
  const client = new CloudWatchLogsClient(clientOptions(await attachLocalCloud(stateDirectory())));
  const seen = new Set<string>();
  let since = 0;
  return async () => {
    const lines: { time: number; line: string }[] = [];
    for await (const page of paginateDescribeLogGroups({ client }, { logGroupNamePrefix: '/aws/lambda/' })) {
      for (const { logGroupName = '' } of page.logGroups ?? []) {
        const { events = [] } = await client.send(new FilterLogEventsCommand({ logGroupName, startTime: since }));
        for (const { eventId = '', timestamp = 0, message = '' } of events) {
          if (seen.has(eventId) || FRAMES.test(message)) continue;
          seen.add(eventId);
          const name = logGroupName.replace('/aws/lambda/', '');
          lines.push({ time: timestamp, line: `${new Date(timestamp).toISOString()} ${name} ${message.trimEnd()}` });
        }
      }
    }
    lines.sort((a, b) => a.time - b.time);
    for (const { line } of lines) console.log(line);
    since = Math.max(since, (lines.at(-1)?.time ?? 0) - OVERLAP);
  };
}

function systemLogs(): () => Promise<void> {
  const directory = stateDirectory();
  const files = ['supervisor.log', 'emulator/emulator.log', 'postgres/postgres.log'].map((file) =>
    join(directory, file),
  );
  const read = new Map<string, number>();
  return () => {
    for (const file of files.filter((path) => fs.existsSync(path))) {
      const text = fs.readFileSync(file, 'utf8');
      process.stdout.write(text.slice(read.get(file) ?? 0));
      read.set(file, text.length);
    }
    return Promise.resolve();
  };
}
