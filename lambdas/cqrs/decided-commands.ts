import { isObject } from '../private/is-object.js';
import { sql, type SqlValue, type Statement } from '../stores/index.js';
import type { Command, CommandContext, Decision } from './command.js';
import type { CommandService, CommandsHandler } from './command-service.js';
import { commandsEnvironment } from './commands-environment.js';
import { invalidAnswer, type Decider } from './decider.js';
import type { DomainEvent } from './event.js';
import { postgresCommandService, type CommandsOptions } from './postgres-command-service.js';
import { Problem, type FieldFault } from './problem.js';
import type { Stream } from './stream.js';

/**
 * The handler of all commands of a stream whose decisions are made elsewhere: the decider gets
 * `{ name, id, data, expected, command, time }` and answers `{ events, statements? }`, or `{ refusal }`.
 *
 * The commands' data and the events are the decider's to check: there is no contract here.
 */
export function decidedCommands(decider: Decider, options: CommandsOptions = {}): CommandsHandler {
  let service: CommandService<Omit<CommandContext, 'data'>, Decision> | undefined;
  return async (event, context) => {
    service ??= postgresCommandService(
      streamOf(commandsEnvironment(options.environment).stream),
      { get: (name: string) => commandOf(name, decider) },
      options,
    );
    return service.answer(event, context);
  };
}

/** A stream without a contract: its events are what the decider says. */
function streamOf(name: string): Stream {
  return { name, contract: {}, events: {}, of: (id) => `${name}/${id}`, read: (event) => event };
}

function commandOf(name: string, decider: Decider): Command {
  return {
    prepare: (data) => ({
      run: async ({ id, expected, command, time }) =>
        decisionOf(await decider({ name, id, data, expected: expected ?? null, command, time: time.toISOString() })),
    }),
  };
}

function decisionOf(answer: unknown): Decision {
  if (!isObject(answer)) throw invalidAnswer('it must be an object with events, or with a refusal');
  const { refusal, events, statements = [] } = answer;
  if (refusal !== undefined) throw refusalOf(refusal);
  if (!Array.isArray(events) || !events.every(isEvent)) {
    throw invalidAnswer('events must be a list of objects with a type, a version v from 1 and data');
  }
  if (!Array.isArray(statements)) throw invalidAnswer('statements must be a list');
  return { events, statements: statements.map(statementOf) };
}

function isEvent(event: unknown): event is DomainEvent {
  if (!isObject(event) || typeof event['type'] !== 'string' || event['type'] === '') return false;
  return Number.isSafeInteger(event['v']) && Number(event['v']) >= 1 && event['data'] !== undefined;
}

function statementOf(statement: unknown): Statement {
  const { text, params = {}, rows, otherwise } = isObject(statement) ? statement : {};
  if (typeof text !== 'string' || !isObject(params) || !Object.values(params).every(isValue)) {
    throw invalidAnswer('a statement has a text, and params that are texts, numbers, booleans or null');
  }
  const values = Object.fromEntries(
    Object.entries(params).filter((entry): entry is [string, SqlValue] => isValue(entry[1])),
  );
  if (rows === undefined) return sql(text, values);
  if (typeof rows !== 'number') throw invalidAnswer('rows of a statement must be a number');
  return sql(text, values, { rows, ...(otherwise === undefined ? {} : { otherwise: refusalOf(otherwise) }) });
}

function isValue(value: unknown): value is string | number | boolean | null {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function refusalOf(refusal: unknown): Problem {
  const { code, detail, status = 409, errors } = isObject(refusal) ? refusal : {};
  const client = typeof status === 'number' && Number.isInteger(status) && status >= 400 && status < 500;
  if (typeof code !== 'string' || typeof detail !== 'string' || !client) {
    throw invalidAnswer('a refusal has a code, a detail and, if not 409, a status from 400 to 499');
  }
  if (errors === undefined) return new Problem(code, status, detail);
  if (!Array.isArray(errors) || !errors.every(isFault)) throw invalidAnswer('errors have a pointer and a detail each');
  return new Problem(code, status, detail, { errors });
}

function isFault(fault: unknown): fault is FieldFault {
  return isObject(fault) && typeof fault['pointer'] === 'string' && typeof fault['detail'] === 'string';
}
