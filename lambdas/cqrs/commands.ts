import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { EnvironmentError, postgres, systemClock, systemRandom, systemSleep, systemTimeout } from '../stores/index.js';
import type { Clock, Environment, PostgresClient, Random, Sleep, Timeout } from '../stores/index.js';
import type { Command } from './command.js';
import { isConstraint, toProblem, versionConflict } from './command-problem.js';
import { readCommand, type CommandEvent, type CommandRequest } from './command-request.js';
import { commandsEnvironment, resumeTimeout, type CommandsEnvironment } from './commands-environment.js';
import type { Contract, EventsOf } from './contract.js';
import { decide, type Decided, type Deciding } from './decide.js';
import { answer, problemAnswer } from './http.js';
import { said, systemLog, type Log } from './log.js';
import { markPublished, recorded, type Recorded } from './outbox.js';
import { Problem } from './problem.js';
import { publish, type Bus } from './publish.js';
import { invalid } from './refusal.js';
import type { Stream } from './stream.js';
import { sweeper } from './sweep.js';
import { Token } from './token.js';

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

/** A Lambda handler behind API Gateway. */
export type CommandsHandler = (event: CommandEvent, context?: RemainingTime) => Promise<APIGatewayProxyResult>;

/** The part of Lambda's context that is read. */
export interface RemainingTime {
  getRemainingTimeInMillis(): number;
}

/**
 * The handler of all commands of a stream: `POST /{stream}/{id}/{command}`.
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
  let service: CommandService | undefined;
  return async (event, context) => {
    service ??= new CommandService(stream, new Map(Object.entries(handlers)), options);
    return service.answer(event, context);
  };
}

class CommandService {
  private readonly settings: CommandsEnvironment;
  private readonly deciding: Deciding;
  private readonly bus: Bus;
  private readonly log: Log;

  constructor(
    private readonly stream: Stream,
    private readonly handlers: ReadonlyMap<string, Command>,
    private readonly options: CommandsOptions,
  ) {
    const { now = systemClock, random = systemRandom, sleep = systemSleep, environment } = options;
    const settings = commandsEnvironment(environment);
    const { service, bus, entryLimit, functionTimeout, retentionDays, sweepQueue } = settings;
    if (settings.stream !== stream.name) {
      throw new EnvironmentError(
        'invalid-variable',
        'DBPATTERNS_COMMANDS',
        `the construct is for commands of '${settings.stream}', its handler for '${stream.name}': make them agree`,
      );
    }
    const queue = { client: options.sqs ?? new SQSClient(), url: sweepQueue, service };
    this.settings = settings;
    this.log = options.log ?? systemLog;
    this.bus = { client: options.eventBridge ?? new EventBridgeClient({ maxAttempts: 1 }), bus, service, entryLimit };
    this.deciding = {
      db: options.database ?? postgres(settings.store, { environment, resumeTimeout: resumeTimeout(functionTimeout) }),
      stream,
      service,
      times: { retentionDays },
      ensureSweep: sweeper(queue, functionTimeout, now),
      now,
      random,
      sleep,
    };
  }

  async answer(event: CommandEvent, context?: RemainingTime): Promise<APIGatewayProxyResult> {
    let request: CommandRequest;
    try {
      request = readCommand(event, this.settings.bodyLimit);
    } catch (error) {
      return this.failed(error);
    }
    try {
      const decided = await this.decide(request);
      await this.publish(decided, context);
      return this.done(decided);
    } catch (error) {
      // A repeat may surface as any error, of the handler's too, so each is checked against what was done before.
      try {
        return await this.answerAgain(request, error);
      } catch (other) {
        return this.failed(other, request);
      }
    }
  }

  /** What the same command was answered before; if it never was, the error. The same id with other content is refused. */
  private async answerAgain(request: CommandRequest, error: unknown): Promise<APIGatewayProxyResult> {
    const { command, fingerprint, expected, streamName, id } = request;
    const stream = `${streamName}/${id}`;
    const { earlier, actual } = await recorded(this.deciding.db, command, stream, this.settings.retentionDays);
    if (earlier === undefined) {
      // Whoever expects another version than there is has broken a rule for that reason.
      const isStale = expected !== undefined && expected !== actual && isConstraint(error);
      throw isStale ? versionConflict(stream, expected, actual, error) : error;
    }
    if (earlier.fingerprint !== fingerprint) {
      throw new Problem('key-reused', 422, 'this Idempotency-Key was used for something else: send a new one');
    }
    return this.done(earlier, { 'idempotent-replayed': 'true' });
  }

  private async decide(request: CommandRequest): Promise<Decided> {
    const command = request.streamName === this.stream.name ? this.handlers.get(request.name) : undefined;
    if (command === undefined) {
      throw new Problem('unknown-command', 404, `there is no command ${request.streamName}/{id}/${request.name}`);
    }
    const { faults, run } = command.prepare(request.data);
    if (faults) throw invalid(faults);
    return decide(this.deciding, request, run);
  }

  /** Never fails: what is not published now is published by the sweep. Nothing is left running after the answer. */
  private async publish(decided: Decided, context?: RemainingTime): Promise<void> {
    const { publishTimeout = 2_000, timeout = systemTimeout } = this.options;
    const { db, now, random, sleep } = this.deciding;
    const left = (context?.getRemainingTimeInMillis() ?? Infinity) - 500;
    const { signal, end } = timeout(Math.max(0, Math.min(publishTimeout, left)));
    try {
      const { published, fault } = await publish(this.bus, [decided], { signal, now, random, sleep, attempts: 2 });
      await markPublished(db, published, signal);
      if (fault !== undefined) this.left(decided, { error: 'not-published', reason: fault });
    } catch (error) {
      this.left(decided, said(error));
    } finally {
      end();
    }
  }

  private left({ stream, version }: Recorded, facts: { error: string; reason: string }): void {
    this.log({ level: 'warn', message: 'left to the sweep', stream, version, ...facts });
  }

  private done({ stream, version, at }: Recorded, headers: Record<string, string> = {}): APIGatewayProxyResult {
    const { tokenValidity: validity } = this.settings;
    const token = Token.of({ [stream]: version }, { validity, now: () => this.issued(at) }).toString();
    const body = { stream, version, token };
    return answer(200, body, { ETag: `"${version}"`, 'x-consistency-token': token, ...headers });
  }

  /** A repeat gets the very same token, unless that would soon be refused. */
  private issued(at: number): Date {
    const now = this.deciding.now();
    const age = now.getTime() / 1000 - at;
    return age < this.settings.tokenValidity / 2 ? new Date(at * 1000) : now;
  }

  private failed(error: unknown, request?: CommandRequest): APIGatewayProxyResult {
    const problem = toProblem(error);
    if (problem.status >= 500) {
      const facts = request && { command: request.command, name: request.name, entity: request.id };
      this.log({ level: 'error', message: 'a command failed', ...facts, ...said(error) });
    }
    return problemAnswer(problem);
  }
}
