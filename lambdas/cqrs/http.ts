import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { DEPTH_LIMIT, isDeep } from '../private/depth.js';
import { Problem } from './problem.js';

/** A header by its name, whatever its case. */
export function header(event: Pick<APIGatewayProxyEvent, 'headers'>, name: string): string | undefined {
  const wanted = name.toLowerCase();
  const found = Object.entries((event.headers as Record<string, string | undefined> | null) ?? {}).find(
    ([key]) => key.toLowerCase() === wanted,
  );
  return found?.[1];
}

/** The body as text, decoded where API Gateway encoded it. */
export function bodyText(event: Pick<APIGatewayProxyEvent, 'body' | 'isBase64Encoded'>): string {
  const body = event.body ?? '';
  return event.isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body;
}

/**
 * The body as JSON.
 *
 * @param limit - the largest body, in bytes
 * @throws Problem `body-too-large` (413), `not-json` or `json-too-deep` (400).
 */
export function jsonBody(event: Pick<APIGatewayProxyEvent, 'body' | 'isBase64Encoded'>, limit: number): unknown {
  const text = bodyText(event);
  const size = Buffer.byteLength(text, 'utf8');
  if (size > limit) {
    throw new Problem('body-too-large', 413, `the body has ${size} bytes; allowed: ${limit}`, {
      members: { limit },
    });
  }
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new Problem('not-json', 400, 'the body is not JSON');
  }
  if (isDeep(body)) throw new Problem('json-too-deep', 400, `the body is nested more than ${DEPTH_LIMIT} deep`);
  return body;
}

/** An answer in JSON. */
export function answer(
  statusCode: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): APIGatewayProxyResult {
  return { statusCode, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

/** The answer to a request that failed: `application/problem+json`, RFC 9457. */
export function problemAnswer(problem: Problem, headers: Readonly<Record<string, string>> = {}): APIGatewayProxyResult {
  return answer(problem.status, problem.document(), { ...headers, 'content-type': 'application/problem+json' });
}
