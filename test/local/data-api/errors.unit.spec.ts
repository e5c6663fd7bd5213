import { ExecuteStatementCommand } from '@aws-sdk/client-rds-data';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataApiError } from '../../../local/data-api/errors.js';
import { modelSession, openModel, target } from './model.js';

let api: Awaited<ReturnType<typeof openModel>>;
let refusal: Error | undefined;

beforeAll(async () => {
  api = await openModel(() => (refusal === undefined ? Promise.resolve(modelSession()) : Promise.reject(refusal)));
});
afterAll(() => api.close());

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const ask = () => api.client.send(new ExecuteStatementCommand({ ...target, sql: 'select 1' }));
const post = (path: string, body: unknown) =>
  fetch(`${api.server.endpoint}${path}`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

describe('an error of the Data API', () => {
  // as the service's model has them
  it.each([
    ['AccessDeniedException', 403],
    ['DatabaseErrorException', 400],
    ['DatabaseResumingException', 400],
    ['DatabaseUnavailableException', 504],
    ['ForbiddenException', 403],
    ['HttpEndpointNotEnabledException', 400],
    ['InternalServerErrorException', 500],
    ['InvalidSecretException', 400],
    ['SecretsErrorException', 400],
    ['StatementTimeoutException', 400],
    ['TransactionNotFoundException', 404],
    ['UnsupportedResultException', 400],
    ['ValidationException', 400],
  ] as const)('called %s has the status %i, its message and a request id', async (name, httpStatusCode) => {
    refusal = new DataApiError(name, 'in words');
    await expect(ask()).rejects.toMatchObject({
      name,
      message: 'in words',
      $metadata: { httpStatusCode, requestId: expect.stringMatching(UUID) as string },
    });
  });

  it('of which the service says nothing is an InternalFailure, 500', async () => {
    refusal = new DataApiError('InternalFailure', 'in words');
    await expect(ask()).rejects.toMatchObject({ name: 'InternalFailure', $metadata: { httpStatusCode: 500 } });
  });

  it('that nobody foresaw is an InternalServerErrorException', async () => {
    refusal = new TypeError('oh');
    await expect(ask()).rejects.toMatchObject({ name: 'InternalServerErrorException', message: 'oh' });
  });

  it.each([
    ['/Execute', 'no JSON', 'the body is not JSON'],
    ['/Execute', [], 'the body is no JSON object'],
    [
      '/Execute',
      { parameters: [null] },
      /parameters\.1\.member' failed to satisfy constraint: Member must be an object$/,
    ],
    ['/Execute', { parameters: 'a' }, /Value at 'parameters' .*: Member must be a list$/],
    ['/Execute', { resultSetOptions: 'a' }, /Value at 'resultSetOptions' .*: Member must be an object$/],
    ['/Execute', { includeResultMetadata: 'yes' }, /Value at 'includeResultMetadata' .*: Member must be a boolean$/],
    ['/Execute', { continueAfterTimeout: 1 }, /Value at 'continueAfterTimeout' .*: Member must be a boolean$/],
    ['/_local/pause', 'no JSON', 'the body is not JSON'],
    ['/_local/pause', {}, /^expected \{ "resourceArn": text/],
  ])('is what %s answers to %j', async (path, body, message) => {
    refusal = undefined;
    const isMembers = typeof body === 'object' && !Array.isArray(body) && path === '/Execute';
    const answer = await post(path, isMembers ? { ...target, sql: 'select 1', ...body } : body);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('x-amzn-errortype')).toBe('ValidationException');
    const { message: found } = (await answer.json()) as { message: string };
    expect(found).toMatch(message);
  });

  it.each([
    ['a long of more than 64 bits', '{"longValue":9223372036854775808}'],
    ['a blob that is no base64', '{"blobValue":"a-b_"}'],
  ])('is what meets %s', async (_what, value) => {
    refusal = undefined;
    const members = JSON.stringify({ ...target, sql: 'select :a' }).slice(1, -1);
    const answer = await post('/Execute', `{${members},"parameters":[{"name":"a","value":${value}}]}`);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({ message: 'Parameter a has no value of the type that it says' });
  });
});
