import { positive, readVariable, text, whole, type Environment, type Values } from '../stores/index.js';

const BUS = { service: text, bus: text, entryLimit: whole };
const OUTBOX = { ...BUS, sweepQueue: text, retentionDays: positive, store: text };
const RELAY = { ...OUTBOX, historyDays: positive };
const COMMIT_RELAY = { ...BUS, store: text };
const IMPORT = { stream: text, history: text, store: text };
const REPLAY = { archive: text, bus: text, rule: text, queue: text, deadLetters: text, store: text };

const ANY = { stream: text, functionTimeout: whole, bodyLimit: whole, tokenValidity: whole };
const COMMANDS = { ...OUTBOX, ...ANY };
const COMMIT_COMMANDS = { ...ANY, service: text, retentionDays: positive, store: text };

/** API Gateway gives up after 29 seconds; the rest is for what comes after the wait. */
const LONGEST_WAIT = 24;

/**
 * How long a command waits for a paused database, in milliseconds: as long as an answer can still be given, and half of
 * a time-out that leaves no more.
 */
export function resumeTimeout(functionTimeout: number): number {
  return 1000 * Math.min(LONGEST_WAIT, Math.max(functionTimeout - 5, functionTimeout / 2));
}

/** `DBPATTERNS_COMMANDS`. */
export type CommandsEnvironment = Values<typeof COMMANDS>;

/** What the construct tells a command handler. */
export function commandsEnvironment(environment?: Environment): CommandsEnvironment {
  return readVariable('DBPATTERNS_COMMANDS', COMMANDS, environment);
}

/** What the construct tells a command handler whose commits are items of DynamoDB. */
export function commitCommandsEnvironment(environment?: Environment): Values<typeof COMMIT_COMMANDS> {
  return readVariable('DBPATTERNS_COMMANDS', COMMIT_COMMANDS, environment);
}

/** What the construct tells the relay. */
export function outboxEnvironment(environment?: Environment): Values<typeof RELAY> {
  return readVariable('DBPATTERNS_OUTBOX', RELAY, environment);
}

/** What the construct tells the relay of a commit table, and what publishes again. */
export function commitRelayEnvironment(environment?: Environment): Values<typeof COMMIT_RELAY> {
  return readVariable('DBPATTERNS_OUTBOX', COMMIT_RELAY, environment);
}

/** What the construct tells the function that keeps the commits of an archive. */
export function importEnvironment(environment?: Environment): Values<typeof IMPORT> {
  return readVariable('DBPATTERNS_IMPORT', IMPORT, environment);
}

/** What the construct tells the function that has an archive play its commits again. */
export function replayEnvironment(environment?: Environment): Values<typeof REPLAY> {
  return readVariable('DBPATTERNS_REPLAY', REPLAY, environment);
}
