import type {
  Because,
  Evidence,
  LoggedCommit,
  ObservedAnswer,
  ObservedCommand,
  PublishedCommit,
  Violation,
} from './evidence.js';
import { grouped, nameOf, same } from './plain.js';

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
    ...unfounded(commands, log),
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
  if (commit !== undefined && isRefusedAfterAll(answers)) {
    found.push(violation('refused-present', `it was refused and made ${commit.stream}@${commit.version}`));
  }
  if (answers.some((answer, place) => isRefused(answer) && before(answers, place).some(isAccepted))) {
    found.push(violation('distorted', `it was accepted as ${stream}@${version}, and its repeat was refused`));
  }
  if (commit !== undefined && expected !== undefined && commit.version !== expected + 1) {
    found.push(violation('expectation-broken', `it had seen version ${expected} and made ${commit.version}`));
  }
  if (commit !== undefined && meant !== undefined && !same(commit.events, meant)) {
    found.push(violation('distorted', `${commit.stream}@${commit.version} is not what it asked for`));
  }
  return found;
}

/** Whether a refusal came when every attempt that can have made the commit was over. */
function isRefusedAfterAll(answers: ObservedCommand['answers']): boolean {
  if (answers.some(isAccepted)) return false;
  const lastUnknown = answers.findLastIndex(({ outcome }) => outcome === 'unknown');
  return answers.some((answer, place) => isRefused(answer) && before(answers, place).length > lastUnknown);
}

/** Refusals for a reason that was not so. */
function unfounded(commands: readonly ObservedCommand[], log: readonly LoggedCommit[]): Violation[] {
  const streams = grouped(log, ({ stream }) => stream);
  return commands.flatMap((command) =>
    command.answers.flatMap((answer): Violation[] => {
      if (answer.outcome !== 'refused' || answer.because === undefined) return [];
      if (isSo(answer.because, command, streams.get(command.stream) ?? [])) return [];
      const { stream, id, expected } = command;
      const told = `${stream} was refused (${answer.reason}${expected === undefined ? '' : `, expected ${expected}`})`;
      return [{ rule: 'unfounded', subject: id, message: `${told}, which was not so` }];
    }),
  );
}

function isSo(because: Because, { id, expected }: ObservedCommand, commits: readonly LoggedCommit[]): boolean {
  switch (because.is) {
    case 'there':
      return commits.some(({ command }) => command !== id);
    case 'missing':
      return because.known === 0;
    case 'elsewhere':
      // It may have had any version from what was acknowledged on.
      return expected !== undefined && (because.known !== expected || commits.length !== expected);
    case 'nothing':
      return false;
  }
}

/** The answers that were there when this one was asked for. */
function before(answers: ObservedCommand['answers'], place: number): ObservedCommand['answers'] {
  return answers.slice(0, answers[place]?.after ?? place);
}

const isAccepted = ({ outcome }: ObservedAnswer): boolean => outcome === 'accepted';
const isRefused = ({ outcome }: ObservedAnswer): boolean => outcome === 'refused';

/** What subscribers were told is what the log says, all of it and nothing else. */
export function messageViolations({ log, published }: Evidence): Violation[] {
  if (published === undefined) return [];
  const sent = new Set(published.map(addressOf));
  const unsent = log.map(addressOf).filter((address) => !sent.has(address));
  return [
    ...unsent.map((address): Violation => ({ rule: 'unpublished', subject: address, message: 'it was never sent' })),
    ...phantoms(log, published, 'what was sent of it is not in the log'),
  ];
}

/** What each reading of history told is what the log says, each commit once and each stream in its order. */
export function historyViolations({ log, history = [] }: Evidence): Violation[] {
  return history.flatMap(({ name, of, from = 1, told }) => {
    const isAsked = ({ stream, version }: LoggedCommit): boolean =>
      version >= from && [stream, nameOf(stream)].includes(of);
    const found = phantoms(log, told.filter(isAsked), `${name} tells of it what is not in the log`);
    const alien = told.filter((commit) => !isAsked(commit)).map(addressOf);
    for (const address of alien) {
      found.push({ rule: 'phantom', subject: address, message: `${name} tells of it and was not asked` });
    }
    for (const [stream, commits] of grouped(told, ({ stream }) => stream)) {
      const versions = commits.map(({ version }) => version);
      const message = `${name} tells of versions ${versions.join(', ')}`;
      if (new Set(versions).size < versions.length) found.push({ rule: 'doubled', subject: stream, message });
      const isBack = versions.some((version, place) => version < (versions[place - 1] ?? 0));
      if (isBack) found.push({ rule: 'disordered', subject: stream, message });
    }
    const heard = new Set(told.map(addressOf));
    const missed = log.filter(isAsked).map(addressOf);
    for (const address of missed.filter((one) => !heard.has(one))) {
      found.push({ rule: 'lost', subject: address, message: `${name} does not tell of it` });
    }
    return found;
  });
}

/** What was told of commits that are not in the log, or that are there with other content. */
function phantoms(log: readonly LoggedCommit[], told: readonly PublishedCommit[], message: string): Violation[] {
  const logged = new Map(log.map((commit) => [addressOf(commit), commit]));
  const wrong = told.filter((commit) => {
    const original = logged.get(addressOf(commit));
    return original === undefined || original.command !== commit.command || !hasEvents(commit, original);
  });
  return wrong.map((commit): Violation => ({ rule: 'phantom', subject: addressOf(commit), message }));
}

function hasEvents({ events }: PublishedCommit, original: LoggedCommit): boolean {
  return events === undefined || same(events, original.events);
}

function addressOf({ stream, version }: { readonly stream: string; readonly version: number }): string {
  return `${stream}@${version}`;
}
