import * as http from 'node:http';
import { BeginTransactionCommand, ExecuteStatementCommand } from '@aws-sdk/client-rds-data';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listenDataApi } from '../../../local/data-api/server.js';
import { modelSession, openModel, target } from './model.js';

let api: Awaited<ReturnType<typeof openModel>>;

beforeAll(async () => {
  api = await openModel(() => Promise.resolve(modelSession()));
});
afterAll(() => api.close());

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const ask = () => api.client.send(new ExecuteStatementCommand({ ...target, sql: 'select 1' }));

describe('a request of more than 4 MiB', () => {
  it('is refused whole, and the connection serves the next one', async () => {
    for (const size of [5_000_000, 20_000_000, 20_000_000]) {
      const parameters = [{ name: 'a', value: { stringValue: 'x'.repeat(size) } }];
      const large = new ExecuteStatementCommand({ ...target, sql: 'select :a', parameters });
      await expect(api.client.send(large)).rejects.toMatchObject({
        name: 'ValidationException',
        message: 'the request is larger than 4194304 bytes',
      });
      await expect(ask()).resolves.toBeDefined();
    }
  });

  it('is not one of 4,000,000 bytes', async () => {
    const parameters = [{ name: 'a', value: { stringValue: 'x'.repeat(4_000_000) } }];
    await expect(
      api.client.send(new ExecuteStatementCommand({ ...target, sql: 'select :a', parameters })),
    ).resolves.toBeDefined();
  });
});

describe('an answer of the Data API', () => {
  it('has a request id of its own', async () => {
    const ids = await Promise.all([ask(), ask()].map(async (call) => (await call).$metadata.requestId));
    expect(ids).toEqual([expect.stringMatching(UUID), expect.stringMatching(UUID)]);
    expect(ids[0]).not.toBe(ids[1]);
  });
});

describe('a Data API that closes', () => {
  it('ends the statements that run, in a transaction and outside, and gives their sessions back', async () => {
    const open = new Set<symbol>();
    let cancelled = 0;
    const closing = await openModel(() => {
      const me = Symbol('session');
      open.add(me);
      let end: (error: Error) => void = () => undefined;
      const run = () => new Promise<never>((_resolve, reject) => (end = reject));
      const release = async () => {
        await Promise.resolve();
        open.delete(me);
      };
      const cancel = () => {
        cancelled += 1;
        end(new Error('cancelled'));
        return Promise.resolve();
      };
      return Promise.resolve(modelSession({ run, cancel, release }));
    });
    const { transactionId } = await closing.client.send(new BeginTransactionCommand(target));
    const sql = 'select for_ever()';
    const calls = [{}, { transactionId }].map((where) =>
      closing.client.send(new ExecuteStatementCommand({ ...target, sql, ...where })).catch(() => 'broken'),
    );
    await expect.poll(() => open.size).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await closing.close();
    expect(await Promise.all(calls)).toEqual(['broken', 'broken']);
    expect(cancelled).toBe(2);
    expect(open.size).toBe(0);
  });
});

describe('the address of a Data API', () => {
  /** The status of a request under a name. */
  const statusOf = (port: number, host: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      http
        .request({ host: 'localhost', port, method: 'GET', headers: { host } }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
        .on('error', reject)
        .end();
    });

  it.each([
    [undefined, '127.0.0.1'],
    ['127.0.0.1', '127.0.0.1'],
    ['127.0.0.2', '127.0.0.2'],
    ['localhost', 'localhost'],
    ['0.0.0.0', '127.0.0.1'],
  ])('that listens on %s has %s in it', async (host, name) => {
    const server = await listenDataApi(0, { host });
    expect(server.endpoint).toBe(`http://${name}:${server.port}`);
    await server.close();
  });

  it('is one that it answers to, and so are those of the loopback interface, with and without a port', async () => {
    const server = await listenDataApi(0, { host: '0.0.0.0', allowedHosts: ['data-api'] });
    server.serve({ engines: [], secrets: { read: () => Promise.reject(new Error('none')), forget: () => undefined } });
    const names = ['127.0.0.1', 'localhost:1', '[::1]', '[::1]:8080', 'data-api:8080'];
    // no such operation, but no foreign name either
    for (const name of names) expect(await statusOf(server.port, name)).toBe(404);
    for (const name of ['evil.example', '[::2]:8080']) expect(await statusOf(server.port, name)).toBe(403);
    await server.close();
  });
});
