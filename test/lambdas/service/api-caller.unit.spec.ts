import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Sha256 } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { Problem } from '../../../lambdas/cqrs/index.js';
import { commandCaller, queryCaller } from '../../../lambdas/service/index.js';
import { signed } from '../../../lambdas/service/sign.js';

const environment = {
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  AWS_SESSION_TOKEN: 'token/+=',
  AWS_REGION: 'eu-west-1',
  DBPATTERNS_QUERIES_BROWSE__QUERIES: JSON.stringify({
    url: 'https://abc123.execute-api.eu-west-1.amazonaws.com/prod/',
  }),
  DBPATTERNS_COMMANDS_CATALOG__PRODUCT: JSON.stringify({
    url: 'https://def456.execute-api.eu-west-1.amazonaws.com/prod/',
  }),
};
const now = () => new Date('2026-03-01T08:00:00.123Z');

function answering(status: number, body: unknown) {
  const fetch = vi.fn(async (_url: URL, _init: RequestInit) => new Response(JSON.stringify(body), { status }));
  return { fetch, options: { environment, fetch: fetch as unknown as typeof globalThis.fetch, now } };
}

describe('a signature', () => {
  it.each([
    ['GET', 'https://abc123.execute-api.eu-west-1.amazonaws.com/prod/products/85123A', ''],
    [
      'GET',
      'https://abc123.execute-api.eu-west-1.amazonaws.com/prod/products?category=light%20s&after=a%2Fb&limit=10',
      '',
    ],
    ['POST', 'https://abc123.execute-api.eu-west-1.amazonaws.com/prod/product/a%20b/Set', '{"price":250}'],
    ['POST', 'http://127.0.0.1:4566/restapis/abc/prod/_user_request_/product/1/Set', '{}'],
  ] as const)('is that of the AWS SDK: %s %s', async (method, address, body) => {
    const url = new URL(address);
    const headers = { 'content-type': 'application/json', 'idempotency-key': ' k 1 ' };
    const ours = signed({ method, url, headers, body }, now(), environment);
    const signer = new SignatureV4({
      service: 'execute-api',
      region: environment.AWS_REGION,
      credentials: {
        accessKeyId: environment.AWS_ACCESS_KEY_ID,
        secretAccessKey: environment.AWS_SECRET_ACCESS_KEY,
        sessionToken: environment.AWS_SESSION_TOKEN,
      },
      sha256: Sha256,
      applyChecksum: false,
    });
    const theirs = await signer.sign(
      {
        method,
        protocol: url.protocol,
        hostname: url.hostname,
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers: { ...headers, host: url.host },
        body,
      },
      { signingDate: now() },
    );
    expect(ours['authorization']).toBe(theirs.headers['authorization']);
    expect(ours['x-amz-security-token']).toBe(theirs.headers['x-amz-security-token']);
  });
});

describe('a question to an API', () => {
  const price = z.object({ price: z.int() });

  it('is sent to where the function was told, with the token, and answered as agreed', async () => {
    const { fetch, options } = answering(200, { price: 250, more: true });
    const ask = queryCaller('browse', 'Queries', options);
    await expect(ask('products/85123A', price, { after: 'tok' })).resolves.toEqual({ price: 250 });
    const [url, init] = fetch.mock.calls[0]!;
    expect(String(url)).toBe('https://abc123.execute-api.eu-west-1.amazonaws.com/prod/products/85123A');
    expect(init.headers).toMatchObject({ 'x-consistency-token': 'tok', authorization: expect.any(String) });
  });

  it('goes to the endpoint that the environment names, as calls of the SDK do', async () => {
    const { fetch, options } = answering(200, { price: 1 });
    const local = { ...environment, AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' };
    await queryCaller('browse', 'Queries', { ...options, environment: local })('products/1', price);
    expect(String(fetch.mock.calls[0]![0])).toBe(
      'http://127.0.0.1:4566/restapis/abc123/prod/_user_request_/products/1',
    );
  });

  it.each([
    ['an absolute path, which drops the stage', '/products/1'],
    ['another host', 'https://example.com/products/1'],
    ['another host of the same scheme', '//example.com/products/1'],
    ['another host by backslashes', '\\\\example.com/products/1'],
    ['another stage', '../dev/products/1'],
    ['an id that leaves its place', 'products/../prices'],
    ['an id that leaves its place, encoded', 'products/%2E%2e/prices'],
    ['an id that leaves its place, over lines', 'products/.\n./prices'],
    ['what is no address', 'https://'],
  ])('never leads to %s', async (_, path) => {
    const { fetch, options } = answering(200, { price: 1 });
    const asked = queryCaller('browse', 'Queries', options)(path, price);
    await expect(asked).rejects.toMatchObject({ code: 'invalid-input', operation: 'browse/Queries' });
    await expect(asked).rejects.not.toThrow(/products|prices|example/);
    expect(fetch).not.toHaveBeenCalled();
  });

  it('takes ids with dots', async () => {
    const { fetch, options } = answering(200, { price: 1 });
    await queryCaller('browse', 'Queries', options)('products/v1..2?after=a/../b', price);
    expect(String(fetch.mock.calls[0]![0])).toMatch(/\/prod\/products\/v1\.\.2\?after=a\/\.\.\/b$/);
  });

  it('follows to no other host with its signature', async () => {
    const elsewhere = vi.fn<() => void>();
    const other = createServer((_, response) => {
      elsewhere();
      response.end('{"price":1}');
    }).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const api = createServer((_, response) =>
      response.writeHead(302, { location: `http://127.0.0.1:${port}/` }).end(),
    ).listen(0, '127.0.0.1');
    await once(api, 'listening');
    try {
      const url = `http://127.0.0.1:${(api.address() as AddressInfo).port}/`;
      const local = { ...environment, DBPATTERNS_QUERIES_BROWSE__QUERIES: JSON.stringify({ url }) };
      const asked = queryCaller('browse', 'Queries', { environment: local, now })('products/1', price);
      await expect(asked).rejects.toMatchObject({ code: 'failed', message: expect.stringContaining('302') });
      expect(elsewhere).not.toHaveBeenCalled();
    } finally {
      api.close();
      other.close();
    }
  });

  it('fails where the answer is not as agreed', async () => {
    const ask = queryCaller('browse', 'Queries', answering(200, { price: 'secret' }).options);
    await expect(ask('products/1', price)).rejects.toMatchObject({
      code: 'invalid-answer',
      message: 'the answer of browse/Queries is not as agreed; at fault: /price',
    });
  });

  it('rejects with the problem that the service answers with', async () => {
    const document = { type: 'urn:dbpatterns:problem:not-found', title: 'Not found', status: 404, detail: 'no 1' };
    const ask = queryCaller('browse', 'Queries', answering(404, document).options);
    const problem = await ask('products/1', price).catch((error: unknown) => error as Problem);
    expect(problem).toMatchObject({ name: 'Problem', code: 'not-found', status: 404, message: 'no 1' });
  });

  it('tells a refused signature and a lost answer apart', async () => {
    const refused = queryCaller('browse', 'Queries', answering(403, { message: 'Forbidden' }).options);
    await expect(refused('products/1', price)).rejects.toMatchObject({ code: 'failed' });
    const fetch = vi.fn(async () => Promise.reject(new TypeError('fetch failed')));
    const lost = queryCaller('browse', 'Queries', { environment, fetch, now });
    await expect(lost('products/1', price)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('is not asked by a function that was not given the API', async () => {
    const { options } = answering(200, {});
    await expect(queryCaller('sales', 'Queries', options)('x', price)).rejects.toMatchObject({
      variable: 'DBPATTERNS_QUERIES_SALES__QUERIES',
    });
  });
});

describe('a command to an API', () => {
  const schemas = { SetPrice: z.object({ price: z.int().positive() }) };

  it('is sent with its key and the version that was seen', async () => {
    const { fetch, options } = answering(200, { stream: 'product/a b', version: 3, token: 't' });
    const send = commandCaller('catalog', 'product', schemas, options);
    await expect(send('a b', 'SetPrice', { price: 2 }, { key: 'k', expected: 2 })).resolves.toMatchObject({
      version: 3,
    });
    const [url, init] = fetch.mock.calls[0]!;
    expect(String(url)).toBe('https://def456.execute-api.eu-west-1.amazonaws.com/prod/product/a%20b/SetPrice');
    expect(init).toMatchObject({ method: 'POST', body: '{"price":2}' });
    expect(init.headers).toMatchObject({ 'idempotency-key': 'k', 'if-match': '"2"' });
  });

  it.each(['..', '.'])('is not sent for the id %s, which would name another thing', async (id) => {
    const { fetch, options } = answering(200, { stream: 'product/1', version: 1, token: 't' });
    const send = commandCaller('catalog', 'product', schemas, options);
    await expect(send(id, 'SetPrice', { price: 2 }, { key: 'k' })).rejects.toMatchObject({ code: 'invalid-input' });
    expect(fetch).not.toHaveBeenCalled();
  });

  it('is not sent where it breaks the contract', async () => {
    const { fetch, options } = answering(200, {});
    const send = commandCaller('catalog', 'product', schemas, options);
    await expect(send('1', 'SetPrice', { price: 0 }, { key: 'k' })).rejects.toMatchObject({ code: 'invalid-input' });
    expect(fetch).not.toHaveBeenCalled();
  });
});
