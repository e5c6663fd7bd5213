import { optional, positive, readVariable, text, whole, type Environment, type Values } from '../stores/index.js';
import { ENTRY_LIMIT } from './limits.js';

const COMMANDS = {
  service: text,
  stream: text,
  bus: text,
  sweepQueue: text,
  functionTimeout: whole,
  entryLimit: optional(whole),
  bodyLimit: optional(whole),
  retentionDays: optional(positive),
  tokenValidity: optional(whole),
  store: text,
};

const OUTBOX = {
  service: text,
  bus: text,
  sweepQueue: text,
  entryLimit: optional(whole),
  retentionDays: optional(positive),
  store: text,
};

/** API Gateway gives up after 29 seconds; the rest is for what comes after the wait. */
const LONGEST_WAIT = 24;

/**
 * How long a command waits for a paused database, in milliseconds: as long as an answer can still be given, and half of
 * a time-out that leaves no more.
 */
export function resumeTimeout(functionTimeout: number): number {
  return 1000 * Math.min(LONGEST_WAIT, Math.max(functionTimeout - 5, functionTimeout / 2));
}

type WithDefaults<V, D> = Omit<V, keyof D> & D;

const DEFAULTS = { entryLimit: ENTRY_LIMIT, retentionDays: 7 };

/** `DBPATTERNS_COMMANDS` with its defaults. */
export type CommandsEnvironment = WithDefaults<
  Values<typeof COMMANDS>,
  {
    readonly entryLimit: number;
    readonly retentionDays: number;
    readonly bodyLimit: number;
    readonly tokenValidity: number;
  }
>;

/** `DBPATTERNS_OUTBOX` with its defaults. */
export type OutboxEnvironment = WithDefaults<
  Values<typeof OUTBOX>,
  { readonly entryLimit: number; readonly retentionDays: number }
>;

/** What the construct tells a command handler. */
export function commandsEnvironment(environment?: Environment): CommandsEnvironment {
  const values = readVariable('DBPATTERNS_COMMANDS', COMMANDS, environment);
  return { ...DEFAULTS, bodyLimit: 262_144, tokenValidity: 86_400, ...values };
}

/** What the construct tells the relay. */
export function outboxEnvironment(environment?: Environment): OutboxEnvironment {
  return { ...DEFAULTS, ...readVariable('DBPATTERNS_OUTBOX', OUTBOX, environment) };
}
