import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { postgres, systemClock, systemRandom, systemSleep } from '../stores/index.js';
import type { Clock, Environment, PostgresClient, Random, Sleep, Timeout } from '../stores/index.js';
import type { Command, CommandContext, Decision } from './command.js';
import { CommandService, sameStream } from './command-service.js';
import { commandsEnvironment, resumeTimeout } from './commands-environment.js';
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

/** Answers the commands of a stream whose write model is PostgreSQL, with what the construct and the options say. */
export function postgresCommandService(
  stream: Stream,
  commands: Pick<ReadonlyMap<string, Command>, 'get'>,
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
