import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { postgres, systemClock, systemRandom, systemSleep } from '../stores/index.js';
import type { Clock, Environment, PostgresClient, Random, Sleep, Timeout } from '../stores/index.js';
import type { Command, CommandContext, Decision } from './command.js';
import { CommandService, sameStream, type CommandsHandler } from './command-service.js';
import { commandsEnvironment, resumeTimeout } from './commands-environment.js';
import type { Contract, EventsOf } from './contract.js';
import { systemLog, type Log } from './log.js';
import { PostgresWriteModel } from './postgres-write-model.js';
import type { Stream } from './stream.js';
import { sweeper } from './sweep.js';

/** What a command handler runs with; each has a default. */
export interface CommandsOptions {
  /** Default: the process's. */
  readonly environment?: Environment;
  /** Default: the store that is wired to the function. */
  readonly database?: PostgresClient;
  readonly eventBridge?: Pick<EventBridgeClient, 'send'>;
  readonly sqs?: Pick<SQSClient, 'send'>;
  /** How long publishing may take before it is left to the sweep, in milliseconds. Default: 2,000. */
  readonly publishTimeout?: number;
  readonly now?: Clock;
  readonly random?: Random;
  readonly sleep?: Sleep;
  readonly timeout?: Timeout;
  readonly log?: Log;
}

/**
 * The handler of all commands of a stream, with a write model on PostgreSQL: `POST /{stream}/{id}/{command}`.
 *
 * A command's id is its `Idempotency-Key`: repeating it gets the first answer and changes nothing. Changes, commit and
 * id are stored in one transaction; the commit is published after it and before the answer, or else by the sweep.
 *
 * @example
 * export const handler = commands(product, {
 *   CreateProduct: command(creation, ({ id, data }) => ({
 *     statements: [sql('insert into product (id, price) values (:id, :price)', { id, price: data.price })],
 *     events: ProductCreated(data),
 *   })),
 * });
 */
export function commands<C extends Contract>(
  stream: Stream<C>,
  handlers: Readonly<Record<string, Command<EventsOf<C>>>>,
  options: CommandsOptions = {},
): CommandsHandler {
  let service: CommandService<Omit<CommandContext, 'data'>, Decision> | undefined;
  return async (event, context) => {
    service ??= serviceOf(stream, new Map(Object.entries(handlers)), options);
    return service.answer(event, context);
  };
}

function serviceOf(
  stream: Stream,
  commands: ReadonlyMap<string, Command>,
  options: CommandsOptions,
): CommandService<Omit<CommandContext, 'data'>, Decision> {
  const { now = systemClock, random = systemRandom, sleep = systemSleep, log = systemLog, environment } = options;
  const settings = commandsEnvironment(environment);
  const { service, bus, entryLimit, functionTimeout, retentionDays, sweepQueue } = settings;
  sameStream(settings.stream, stream.name);
  const queue = { client: options.sqs ?? new SQSClient(), url: sweepQueue, service };
  const model = new PostgresWriteModel({
    db: options.database ?? postgres(settings.store, { environment, resumeTimeout: resumeTimeout(functionTimeout) }),
    stream,
    service,
    times: { retentionDays },
    ensureSweep: sweeper(queue, functionTimeout, now),
    bus: { client: options.eventBridge ?? new EventBridgeClient({ maxAttempts: 1 }), bus, service, entryLimit },
    publishTimeout: options.publishTimeout,
    timeout: options.timeout,
    now,
    random,
    sleep,
    log,
  });
  const { bodyLimit, tokenValidity } = settings;
  return new CommandService({ streamName: stream.name, commands, model, bodyLimit, tokenValidity, now, log });
}
