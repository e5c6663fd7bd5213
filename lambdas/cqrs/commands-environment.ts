import { positive, readVariable, text, whole, type Environment, type Values } from '../stores/index.js';

const OUTBOX = {
  service: text,
  bus: text,
  sweepQueue: text,
  entryLimit: whole,
  retentionDays: positive,
  store: text,
};

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
export function outboxEnvironment(environment?: Environment): Values<typeof OUTBOX> {
  return readVariable('DBPATTERNS_OUTBOX', OUTBOX, environment);
}
