import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { Gateway } from './gateway.js';
import { entriesFailed, pause, repeated, Scatter, telling, throttled, unanswered } from './obstacles.js';
import { Dice } from './random.js';

/** What reached the service: operation and body. */
let arrived: { readonly name: string; readonly body: Record<string, unknown> }[] = [];
/** What obstacles told of. */
let strikes: string[] = [];
const struck = (what: string): void => void strikes.push(what);
let service: Server;
let gateway: Gateway;
let url: string;

beforeAll(async () => {
  service = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
      arrived.push({ name: String(request.headers['x-amz-target']), body });
      const { Entries } = body as { Entries?: unknown[] };
      response.end(JSON.stringify({ FailedEntryCount: 0, Entries: Entries?.map((_, id) => ({ EventId: `e${id}` })) }));
    });
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  gateway = new Gateway();
  url = await gateway.open('caller', 'AWS', `http://127.0.0.1:${(service.address() as AddressInfo).port}`);
});

beforeEach(() => {
  arrived = [];
  strikes = [];
});

afterAll(async () => {
  await gateway.close();
  service.close();
});

async function call(operation: string, body: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
  const headers = { 'x-amz-target': `Any.${operation}` };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const entries = (...details: string[]) => ({ Entries: details.map((Detail) => ({ Detail })) });

it('passes calls on as they are', async () => {
  expect(await call('PutEvents', entries('a'))).toMatchObject({ status: 200, body: { Entries: [{ EventId: 'e0' }] } });
  expect(arrived).toEqual([{ name: 'Any.PutEvents', body: entries('a') }]);
});

it('has nobody listen for a while, and tells of the connections that it breaks', async () => {
  await call('Any', {});
  const open = await gateway.refuse(
    (caller) => caller === 'caller',
    () => struck('a connection'),
  );
  expect(strikes).toContain('a connection');
  await pause(20); // until the caller has seen it
  await expect(call('Any', {})).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  await open();

  expect(await call('Any', {})).toMatchObject({ status: 200 });
});

it('tells of the calls that meet an obstacle, and of no others', async () => {
  const meant = telling(({ name }) => name === 'Lost', struck);
  const remove = gateway.add(unanswered(meant));
  await call('Any', {});
  await expect(call('Lost', {})).rejects.toThrow('fetch failed');
  remove();

  expect(strikes).toEqual(['Lost']);
});

it('loses an answer, though the call arrived', async () => {
  const remove = gateway.add(unanswered(() => true));
  await expect(call('Any', {})).rejects.toThrow('fetch failed');
  remove();

  expect(arrived).toHaveLength(1);
});

it('fails some entries, which do not arrive, and tells which', async () => {
  const remove = gateway.add(entriesFailed(new Dice(3), 0.5, struck));
  const { body } = await call('PutEvents', entries('a', 'b', 'c', 'd', 'e', 'f'));
  remove();

  const answers = body['Entries'] as { EventId?: string }[];
  const taken = ['a', 'b', 'c', 'd', 'e', 'f'].filter((_, index) => answers[index]?.EventId !== undefined);
  expect(taken.length).toBeGreaterThan(0);
  expect(body['FailedEntryCount']).toBe(6 - taken.length);
  expect(strikes).toHaveLength(6 - taken.length);
  expect(arrived).toMatchObject([{ body: entries(...taken) }]);
});

it('delivers each entry one to three times, later', async () => {
  const scatter = new Scatter(new Dice(5), 3, 20, struck);
  const remove = gateway.add(scatter.obstacle, 'service');
  expect(await call('PutEvents', entries('a', 'b', 'c'))).toMatchObject({ body: { FailedEntryCount: 0 } });
  remove();
  await scatter.landed();

  const times = ['a', 'b', 'c'].map(
    (detail) => arrived.filter(({ body }) => JSON.stringify(body) === JSON.stringify(entries(detail))).length,
  );
  expect(Math.min(...times)).toBeGreaterThanOrEqual(1);
  expect(Math.max(...times)).toBeLessThanOrEqual(3);
  expect(arrived.length).toBeGreaterThan(3);
  expect(strikes).toHaveLength(3);
});

it('repeats messages', async () => {
  const remove = gateway.add(repeated(3, struck));
  await call('SendMessage', { MessageBody: 'a' });
  await call('ReceiveMessage', {});
  remove();

  expect(arrived.map(({ name }) => name)).toEqual([...Array<string>(3).fill('Any.SendMessage'), 'Any.ReceiveMessage']);
  expect(strikes).toEqual(['SendMessage']);
});

it('throttles a transaction with a reason for each item', async () => {
  const remove = gateway.add(throttled(({ name }) => name === 'TransactWriteItems', new Dice(1)));
  const { status, body } = await call('TransactWriteItems', { TransactItems: [{}, {}, {}] });
  remove();

  expect(status).toBe(400);
  expect(body).toMatchObject({ __type: 'TransactionCanceledException' });
  expect(body['CancellationReasons']).toHaveLength(3);
  expect(arrived).toEqual([]);
});
