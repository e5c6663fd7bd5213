import type { APIGatewayProxyResult } from 'aws-lambda';
import { EnvironmentError, type Clock } from '../stores/index.js';
import { toProblem } from './command-problem.js';
import { readCommand, type CommandEvent, type CommandRequest } from './command-request.js';
import { answer, problemAnswer } from './http.js';
import { said, type Log } from './log.js';
import { Problem } from './problem.js';
import { invalid } from './refusal.js';
import { tokenText } from './token-text.js';
import type { Executed, Runnable, WriteModel } from './write-model.js';

/** A Lambda handler behind API Gateway. */
export type CommandsHandler = (event: CommandEvent, context?: RemainingTime) => Promise<APIGatewayProxyResult>;

/** The part of Lambda's context that is read. */
export interface RemainingTime {
  getRemainingTimeInMillis(): number;
}

/** What a command service is made of. */
export interface CommandServiceParts<Context, Decision> {
  /** The stream's name. */
  readonly streamName: string;
  readonly commands: Pick<ReadonlyMap<string, Runnable<Context, Decision>>, 'get'>;
  readonly model: WriteModel<Context, Decision>;
  /** The largest body, in bytes. */
  readonly bodyLimit: number;
  /** For how many seconds a token is accepted. */
  readonly tokenValidity: number;
  readonly now: Clock;
  readonly log: Log;
}

/** Answers commands over HTTP, whatever the write model. */
export class CommandService<Context, Decision> {
  constructor(private readonly parts: CommandServiceParts<Context, Decision>) {}

  async answer(event: CommandEvent, context?: RemainingTime): Promise<APIGatewayProxyResult> {
    let request: CommandRequest | undefined;
    try {
      request = readCommand(event, this.parts.bodyLimit);
      return this.done(await this.execute(request, context));
    } catch (error) {
      return this.failed(error, request);
    }
  }

  private execute(request: CommandRequest, context?: RemainingTime): Promise<Executed> {
    let handle: ((context: Context) => Promise<Decision>) | undefined;
    const run = async (given: Context): Promise<Decision> => (handle ??= this.handlerOf(request))(given);
    return this.parts.model.execute(request, run, () => context?.getRemainingTimeInMillis() ?? Infinity);
  }

  /** Inside of `execute`: a command that was done before gets its answer, also if it is no longer known or valid. */
  private handlerOf({ streamName, name, data }: CommandRequest): (context: Context) => Promise<Decision> {
    const command = streamName === this.parts.streamName ? this.parts.commands.get(name) : undefined;
    if (command === undefined) {
      throw new Problem('unknown-command', 404, `there is no command ${streamName}/{id}/${name}`);
    }
    const { faults, run } = command.prepare(data);
    if (faults) throw invalid(faults);
    return run;
  }

  private done({ stream, version, at, replayed }: Executed): APIGatewayProxyResult {
    const { tokenValidity: validity } = this.parts;
    const token = tokenText({ [stream]: version }, { validity, now: () => this.issued(at) });
    const headers = { ETag: `"${version}"`, 'x-consistency-token': token };
    const body = { stream, version, token };
    return answer(200, body, replayed === true ? { ...headers, 'idempotent-replayed': 'true' } : headers);
  }

  /** A repeat gets the very same token, unless that would soon be refused. */
  private issued(at: number): Date {
    const now = this.parts.now();
    const age = now.getTime() / 1000 - at;
    return age < this.parts.tokenValidity / 2 ? new Date(at * 1000) : now;
  }

  private failed(error: unknown, request?: CommandRequest): APIGatewayProxyResult {
    const problem = toProblem(error);
    if (problem.status >= 500) {
      const facts = request && { command: request.command, name: request.name, entity: request.id };
      this.parts.log({ level: 'error', message: 'a command failed', ...facts, ...said(problem.cause ?? problem) });
    }
    return problemAnswer(problem);
  }
}

/** @throws EnvironmentError if the construct and its handler speak of different streams. */
export function sameStream(constructs: string, handlers: string): void {
  if (constructs === handlers) return;
  throw new EnvironmentError(
    'invalid-variable',
    'DBPATTERNS_COMMANDS',
    `the construct is for commands of '${constructs}', its handler for '${handlers}': make them agree`,
  );
}
