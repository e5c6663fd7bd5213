import type { APIGatewayProxyEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { notFound, queries, Token, ViewBehind, type LogEntry } from '../../../lambdas/cqrs/index.js';
import { PostgresUnavailableError } from '../../../lambdas/stores/index.js';

const NOON = new Date('2010-12-01T12:00:00Z');
const now = (): Date => NOON;
const log: LogEntry[] = [];

const handler = queries(
  {
    'GET /': () => 'root',
    'GET /products/{id}': ({ params, after }) =>
      params.id === 'missing' ? undefined : { id: params.id, version: after?.version(`product/${params.id}`) },
    'GET /products/top': () => ({ top: true }),
    'GET /products/{id}/reviews/{review}': ({ params: { id, review }, query }) => ({ id, review, query }),
    'GET /unknown/{id}': ({ params }) => {
      throw notFound(`product ${params.id}`);
    },
    'GET /behind': ({ after }) => {
      throw new ViewBehind('product/1', after?.version('product/1') ?? 0, 2);
    },
    'GET /broken': () => {
      throw new Error('the password is hunter2');
    },
    'GET /away': () => {
      throw Object.assign(new Error('away'), { $fault: 'server' });
    },
    'GET /throttled': () => {
      throw Object.assign(new Error('slow down'), { name: 'ProvisionedThroughputExceededException', $fault: 'client' });
    },
    'GET /resuming': () => {
      throw new PostgresUnavailableError('resuming', true);
    },
  },
  { now, log: (entry) => log.push(entry) },
);

async function ask(path: string, more: { method?: string; token?: string; query?: Record<string, string> } = {}) {
  const { statusCode, headers, body } = await handler({
    httpMethod: more.method ?? 'GET',
    path,
    headers: more.token === undefined ? {} : { 'X-Consistency-Token': more.token },
    queryStringParameters: more.query ?? null,
  } as Partial<APIGatewayProxyEvent> as APIGatewayProxyEvent);
  return { statusCode, type: headers?.['content-type'], allow: headers?.['allow'], body: JSON.parse(body) as unknown };
}

const code = async (path: string, token?: string) => {
  const { statusCode, type, body } = await ask(path, { token });
  const problem = body as { type: string };
  return [statusCode, type, problem.type.replace('urn:dbpatterns:problem:', '')];
};
const PROBLEM = 'application/problem+json';

describe('a query API', () => {
  it('finds the route, and the more exact one first', async () => {
    expect(await ask('/products/85123A')).toMatchObject({
      statusCode: 200,
      type: 'application/json',
      body: { id: '85123A' },
    });
    expect(await ask('/products/85123A/')).toMatchObject({ body: { id: '85123A' } });
    expect(await ask('/products/top')).toMatchObject({ body: { top: true } });
    expect(await ask('/')).toMatchObject({ body: 'root' });
    expect(await ask('/products/1/reviews/2', { query: { limit: '5' } })).toMatchObject({
      body: { id: '1', review: '2', query: { limit: '5' } },
    });
  });

  it('decodes what is encoded in the path', async () => {
    expect(await ask('/products/caf%C3%A9%20%2F%201')).toMatchObject({ body: { id: 'café / 1' } });
    expect(await ask('/products/100%')).toMatchObject({ body: { id: '100%' } });
  });

  it('answers 404 where there is nothing, and 405 with the methods that there are', async () => {
    expect(await code('/products/missing')).toEqual([404, PROBLEM, 'not-found']);
    expect(await code('/unknown/7')).toEqual([404, PROBLEM, 'not-found']);
    expect(await code('/nowhere')).toEqual([404, PROBLEM, 'unknown-route']);
    expect(await code('/products/')).toEqual([404, PROBLEM, 'unknown-route']);
    expect(await ask('/products/1', { method: 'POST' })).toMatchObject({ statusCode: 405, allow: 'GET' });
  });

  it('hands the token on', async () => {
    const token = Token.of({ 'product/1': 7 }, { now }).toString();
    expect(await ask('/products/1', { token })).toMatchObject({ body: { id: '1', version: 7 } });
    expect(await ask('/behind', { token })).toMatchObject({
      statusCode: 409,
      body: { type: 'urn:dbpatterns:problem:view-behind', stream: 'product/1', wanted: 7, applied: 2 },
    });
  });

  it('refuses a token that is of no use, before it asks', async () => {
    const old = Token.of({ 'product/1': 7 }, { now: () => new Date(0) }).toString();
    expect(await code('/broken', 'garbage!')).toEqual([400, PROBLEM, 'token-malformed']);
    expect(await code('/broken', old)).toEqual([400, PROBLEM, 'token-expired']);
    expect(await code('/broken', 'A'.repeat(1025))).toEqual([400, PROBLEM, 'token-too-large']);
  });

  it('refuses a token that the query does not look at: it would be a broken promise', async () => {
    const token = Token.of({ 'product/1': 7 }, { now }).toString();
    expect(await code('/products/top', token)).toEqual([400, PROBLEM, 'token-unsupported']);
  });

  it('answers 503 while the store is away and 500 for a fault, which only the log tells', async () => {
    expect(await code('/away')).toEqual([503, PROBLEM, 'store-unavailable']);
    expect(await code('/throttled')).toEqual([503, PROBLEM, 'store-unavailable']);
    expect(await code('/resuming')).toEqual([503, PROBLEM, 'store-unavailable']);
    const { statusCode, body } = await ask('/broken');
    expect(statusCode).toBe(500);
    expect(JSON.stringify(body)).not.toContain('hunter2');
    expect(log.at(-1)).toMatchObject({ level: 'error', message: 'query failed', path: '/broken' });
  });

  it('does not start with a route that is none', () => {
    expect(() => queries({ 'products/{id}': () => 1 })).toThrow(expect.objectContaining({ code: 'invalid-route' }));
  });
});
