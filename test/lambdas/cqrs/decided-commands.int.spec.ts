import { beforeAll, describe, expect, it } from 'vitest';
import { decidedCommands } from '../../../lambdas/cqrs/decided-commands.js';
import { DeciderError, type Decider } from '../../../lambdas/cqrs/decider.js';
import type { LogEntry } from '../../../lambdas/cqrs/index.js';
import { CommandRig } from './command-rig.js';
import { sendCommand, type Answer } from './send-command.js';

let rig: CommandRig;
const log: LogEntry[] = [];
let asked: object[];

beforeAll(async () => {
  rig = await CommandRig.start('decided');
});

/** Sends a command whose decider answers this. */
async function send(path: string, answer: unknown, key?: string): Promise<Answer> {
  asked = [];
  const decider: Decider = async (question) => {
    asked.push(question);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const handler = decidedCommands(decider, {
    environment: rig.environment({}),
    database: await rig.store.as('commands'),
    log: (entry) => log.push(entry),
  });
  return sendCommand(handler, path, { price: 5 }, { key, headers: { 'if-match': '"0"' } });
}

const creation = (id: string) => ({
  statements: [{ text: 'insert into product (id, price) values (:id, :price)', params: { id, price: 5 }, rows: 1 }],
  events: [{ type: 'ProductCreated', v: 1, data: { price: 5 } }],
});

const rows = (id: string): Promise<{ price: number }[]> =>
  rig.store.direct(async (client) => {
    const found = await client.query<{ price: number }>('select price from product where id = $1', [id]);
    return found.rows;
  });

describe('a command that is decided elsewhere', () => {
  it('is stored with its events and published, as any other', async () => {
    const answer = await send('a/CreateProduct', creation('a'));
    expect(answer).toMatchObject({ status: 200, body: { stream: 'product/a', version: 1 } });
    expect(await rows('a')).toEqual([{ price: 5 }]);
    expect(await rig.received('a', 1)).toMatchObject([{ id: 'product/a@1', data: { events: creation('a').events } }]);
  });

  it('is asked for with all that decides it', async () => {
    await send('b/CreateProduct', creation('b'), 'key-of-b');
    expect(asked).toEqual([
      {
        name: 'CreateProduct',
        id: 'b',
        data: { price: 5 },
        expected: 0,
        command: 'key-of-b',
        time: expect.stringMatching(/Z$/),
      },
    ]);
  });

  it('is done once, however often it is sent', async () => {
    await send('c/CreateProduct', creation('c'), 'key-of-c');
    expect(await send('c/CreateProduct', creation('c'), 'key-of-c')).toMatchObject({
      status: 200,
      body: { version: 1 },
    });
    expect(await rows('c')).toHaveLength(1);
  });

  it('is refused as the decider says, and nothing is written', async () => {
    const refusal = { code: 'out-of-season', detail: 'lanterns are sold from October on', status: 422 };
    expect(await send('d/CreateProduct', { refusal })).toMatchObject({
      status: 422,
      body: { type: 'urn:dbpatterns:problem:out-of-season', detail: refusal.detail },
    });
    expect(await rows('d')).toEqual([]);
  });

  it('is refused where a statement changes another number of rows than it said', async () => {
    const otherwise = { code: 'not-found', detail: 'product e does not exist', status: 404 };
    const statement = { text: 'update product set price = 1 where id = :id', params: { id: 'e' }, rows: 1, otherwise };
    const { events } = creation('e');
    expect(await send('e/SetPrice', { statements: [statement], events })).toMatchObject({ status: 404 });
  });

  it.each([
    ['nothing', null],
    ['no events', {}],
    ['an event without a version', { events: [{ type: 'Noted', data: {} }] }],
    [
      'a parameter that is a list',
      { events: creation('f').events, statements: [{ text: 'select 1', params: { a: [] } }] },
    ],
    ['a statement that is a text', { events: creation('f').events, statements: ['select 1'] }],
    ['a refusal with the status of a fault', { refusal: { code: 'a', detail: 'b', status: 500 } }],
    ['a refusal without words', { refusal: {} }],
  ])('fails where the decider answers %s', async (_, answer) => {
    log.length = 0;
    expect(await send('f/CreateProduct', answer)).toMatchObject({ status: 500 });
    expect(log).toMatchObject([{ reason: expect.stringContaining('not as agreed') }]);
    expect(await rows('f')).toEqual([]);
  });

  it('fails where the decider does, and its words go nowhere', async () => {
    const failure = new DeciderError('decider-failed', "the decider 'x' failed with KeyError; its log says more");
    const answer = await send('g/CreateProduct', failure);
    expect(answer).toMatchObject({ status: 500, body: { detail: 'the command failed and nothing was written' } });
  });
});
