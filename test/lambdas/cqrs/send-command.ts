import type { APIGatewayProxyResult } from 'aws-lambda';
import type { CommandsHandler } from '../../../lambdas/cqrs/index.js';

/** What a command was answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Record<string, unknown>;
}

export interface SendOptions {
  /** The command's id. Default: one that was not used yet. */
  readonly key?: string;
  readonly headers?: Record<string, string>;
  readonly remaining?: number;
}

let keys = 0;

/** Sends a command to its handler as API Gateway would. */
export async function sendCommand(
  handler: CommandsHandler,
  path: string,
  body: unknown,
  { key = `key-${(keys += 1)}`, headers = {}, remaining }: SendOptions = {},
): Promise<Answer> {
  const answer: APIGatewayProxyResult = await handler(
    {
      path: `/product/${path}`,
      body: typeof body === 'string' ? body : JSON.stringify(body),
      isBase64Encoded: false,
      headers: { 'idempotency-key': key, ...headers },
    },
    remaining === undefined ? undefined : { getRemainingTimeInMillis: () => remaining },
  );
  return {
    status: answer.statusCode,
    headers: Object.fromEntries(
      Object.entries(answer.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]),
    ),
    body: JSON.parse(answer.body) as Record<string, unknown>,
  };
}
