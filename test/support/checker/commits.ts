import type { Evidence, LoggedCommit, ObservedCommand, PublishedCommit, Violation } from './evidence.js';
import { grouped, same } from './plain.js';

/** Each stream's versions are 1, 2, 3 …, each once. */
export function logViolations(log: readonly LoggedCommit[]): Violation[] {
  return [...grouped(log, ({ stream }) => stream)].flatMap(([stream, commits]): Violation[] => {
    const versions = commits.map(({ version }) => version).sort((a, b) => a - b);
    const twice = versions.find((version, index) => versions[index + 1] === version);
    if (twice !== undefined) return [{ rule: 'doubled', subject: stream, message: `version ${twice} is there twice` }];
    const hole = versions.findIndex((version, index) => version !== index + 1);
    const message = `version ${hole + 1} is missing among ${versions.join(', ')}`;
    return hole < 0 ? [] : [{ rule: 'hole', subject: stream, message }];
  });
}

/** Each command is in the log once if it was accepted, and never if it was refused. */
export function commandViolations({ commands, log }: Evidence): Violation[] {
  const byCommand = grouped(log, ({ command }) => command);
  const known = new Set(commands.map(({ id }) => id));
  const invented = log.filter(({ command }) => !known.has(command));
  return [
    ...invented.map(({ stream, version, command }): Violation => ({
      rule: 'invented',
      subject: `${stream}@${version}`,
      message: `nobody sent its command ${command}`,
    })),
    ...commands.flatMap((command) => ofCommand(command, byCommand.get(command.id) ?? [])),
  ];
}

function ofCommand(command: ObservedCommand, commits: readonly LoggedCommit[]): Violation[] {
  const { id, stream, answers, expected, meant } = command;
  const violation = (rule: Violation['rule'], message: string): Violation => ({ rule, subject: id, message });
  const accepted = answers.flatMap((answer) => (answer.outcome === 'accepted' ? [answer.version] : []));
  const found: Violation[] = [];
  const [commit] = commits;
  if (commits.length > 1) {
    const versions = commits.map(({ stream: of, version }) => `${of}@${version}`).join(' and ');
    found.push(violation('doubled', `one command made ${versions}`));
  }
  if (new Set(accepted).size > 1) {
    found.push(violation('distorted', `its repeats were answered with the versions ${accepted.join(', ')}`));
  }
  const [version] = accepted;
  if (version !== undefined && commit === undefined) {
    found.push(violation('lost', `it was accepted as ${stream}@${version} and is not there`));
  } else if (version !== undefined && (commit?.version !== version || commit.stream !== stream)) {
    found.push(
      violation('distorted', `it was accepted as ${stream}@${version} and is ${commit?.stream}@${commit?.version}`),
    );
  }
  const refusedThroughout = answers.length > 0 && answers.every(({ outcome }) => outcome === 'refused');
  if (commit !== undefined && refusedThroughout) {
    found.push(violation('refused-present', `it was refused and made ${commit.stream}@${commit.version}`));
  }
  if (commit !== undefined && expected !== undefined && commit.version !== expected + 1) {
    found.push(violation('expectation-broken', `it had seen version ${expected} and made ${commit.version}`));
  }
  if (commit !== undefined && meant !== undefined && !same(commit.events, meant)) {
    found.push(violation('distorted', `${commit.stream}@${commit.version} is not what it asked for`));
  }
  return found;
}

/** What subscribers and historians were told is what the log says, all of it and nothing else. */
export function messageViolations({ log, published, history }: Evidence): Violation[] {
  const found: Violation[] = [];
  const logged = new Map(log.map((commit) => [addressOf(commit), commit]));
  if (published !== undefined) {
    const sent = new Set(published.map(addressOf));
    for (const address of logged.keys()) {
      if (!sent.has(address)) found.push({ rule: 'unpublished', subject: address, message: 'it was never sent' });
    }
  }
  for (const commit of [...(published ?? []), ...(history ?? [])]) {
    const original = logged.get(addressOf(commit));
    if (original === undefined || original.command !== commit.command || !hasEvents(commit, original)) {
      found.push({ rule: 'phantom', subject: addressOf(commit), message: 'what was told of it is not in the log' });
    }
  }
  if (history !== undefined) {
    const told = new Set(history.map(addressOf));
    for (const address of logged.keys()) {
      if (!told.has(address)) found.push({ rule: 'lost', subject: address, message: 'history does not tell of it' });
    }
  }
  return found;
}

function hasEvents({ events }: PublishedCommit, original: LoggedCommit): boolean {
  return events === undefined || same(events, original.events);
}

function addressOf({ stream, version }: { readonly stream: string; readonly version: number }): string {
  return `${stream}@${version}`;
}
