import { commits, systemClock, systemRandom, systemSleep } from '../stores/index.js';
import type { Clock, CommitTable, Environment, Random, Sleep } from '../stores/index.js';
import { CommandService, sameStream, type CommandsHandler } from './command-service.js';
import { commitCommandsEnvironment } from './commands-environment.js';
import type { Contract, EventsOf } from './contract.js';
import type { DynamoDbCommand, DynamoDbCommandContext, DynamoDbDecision } from './dynamodb-command.js';
import { DynamoDbWriteModel } from './dynamodb-write-model.js';
import { systemLog, type Log } from './log.js';
import type { Stream } from './stream.js';

/** What a command handler on a commit store runs with; each has a default. */
export interface DynamoDbCommandsOptions {
  /** Default: the process's. */
  readonly environment?: Environment;
  /** Default: the store that is wired to the function. */
  readonly store?: CommitTable;
  readonly now?: Clock;
  readonly random?: Random;
  readonly sleep?: Sleep;
  readonly log?: Log;
}

type Service<C extends Contract> = CommandService<
  Omit<DynamoDbCommandContext<unknown, EventsOf<C>>, 'data'>,
  DynamoDbDecision<EventsOf<C>>
>;

/**
 * The handler of all commands of a stream whose commits are items of DynamoDB: `POST /{stream}/{id}/{command}`.
 *
 * A command's id is its `Idempotency-Key`: repeating it gets the first answer and changes nothing. It is known to the
 * entity that it was sent to. The function does not publish: the table's stream does.
 *
 * @example
 * export const handler = dynamodbCommands(account, {
 *   Open: dynamodbCommand(opening, ({ data }) => AccountOpened(data)),
 * });
 */
export function dynamodbCommands<C extends Contract>(
  stream: Stream<C>,
  handlers: Readonly<Record<string, DynamoDbCommand<EventsOf<C>, EventsOf<C>>>>,
  options: DynamoDbCommandsOptions = {},
): CommandsHandler {
  let service: Service<C> | undefined;
  return async (event, context) => {
    service ??= serviceOf(stream, new Map(Object.entries(handlers)), options);
    return service.answer(event, context);
  };
}

function serviceOf<C extends Contract>(
  stream: Stream<C>,
  commands: ReadonlyMap<string, DynamoDbCommand<EventsOf<C>, EventsOf<C>>>,
  options: DynamoDbCommandsOptions,
): Service<C> {
  const { now = systemClock, random = systemRandom, sleep = systemSleep, log = systemLog, environment } = options;
  const settings = commitCommandsEnvironment(environment);
  const { service, retentionDays, bodyLimit, tokenValidity } = settings;
  sameStream(settings.stream, stream.name);
  const store = options.store ?? commits(settings.store, { environment });
  const model = new DynamoDbWriteModel({ store, stream, service, retentionDays, now, random, sleep });
  return new CommandService({ streamName: stream.name, commands, model, bodyLimit, tokenValidity, now, log });
}
