import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Token } from '../../../lambdas/cqrs/index.js';
import { losingAnswers } from '../stores/postgres-rig.js';
import { CommandRig } from './command-rig.js';
import { crossingCommands } from './crossing-commands.js';

let rig: CommandRig;

beforeAll(async () => {
  rig = await CommandRig.start('commands');
});

beforeEach(() => {
  rig.store.counts();
});

const priceOf = async (id: string): Promise<unknown> =>
  (await rig.store.admin.query('select price from product where id = :id', { id }))[0]?.['price'];

const versionsOf = async (id: string): Promise<number[]> =>
  (await rig.outbox()).filter(({ stream }) => stream === `product/${id}`).map(({ version }) => version);

describe('what a command costs', () => {
  it('is one call and one to mark it published, if its statements are returned', async () => {
    const answer = await rig.send('returned/CreateProduct', { price: 120 });
    expect(answer).toMatchObject({ status: 200, body: { stream: 'product/returned', version: 1 } });
    expect(rig.store.counts()).toEqual({ ExecuteStatement: 2 });
    expect(await priceOf('returned')).toBe(120);
    expect(await rig.outbox()).toContainEqual({ stream: 'product/returned', version: 1, published: true });
  });

  it('is n + 3 calls and one to mark it published, if its handler runs n statements', async () => {
    await rig.send('interactive/CreateProduct', { price: 120 });
    rig.store.counts();
    const answer = await rig.send('interactive/ChangePrice', { price: 130 });
    expect(answer.body).toMatchObject({ version: 2 });
    expect(rig.store.counts()).toEqual({ BeginTransaction: 1, ExecuteStatement: 2 + 1 + 1, CommitTransaction: 1 });
  });

  it('is one call more for a refusal in the returned form', async () => {
    expect(await rig.send('nothing/SetPrice', { price: 1 })).toMatchObject({ status: 404 });
    expect(rig.store.counts()).toEqual({ ExecuteStatement: 2 });
  });

  it('is one call more for a refusal in the interactive form', async () => {
    expect(await rig.send('nothing/ChangePrice', { price: 1 })).toMatchObject({ status: 404 });
    expect(rig.store.counts()).toEqual({ BeginTransaction: 1, ExecuteStatement: 1 + 1, RollbackTransaction: 1 });
  });

  it('is one call more for a repeat', async () => {
    await rig.send('counted-repeat/CreateProduct', { price: 1 }, { key: 'counted-repeat' });
    rig.store.counts();
    await rig.send('counted-repeat/CreateProduct', { price: 1 }, { key: 'counted-repeat' });
    expect(rig.store.counts()).toEqual({ ExecuteStatement: 2 });
  });
});

describe('an accepted command', () => {
  it('answers with the version as an entity tag and a token that asks for it', async () => {
    const { headers, body } = await rig.send('token/CreateProduct', { price: 1 });
    expect(headers).toMatchObject({ etag: '"1"', 'x-consistency-token': body['token'] });
    expect(Token.parse(String(body['token'])).version('product/token')).toBe(1);
  });

  it('is published in an envelope with what caused it', async () => {
    const other = await CommandRig.start('envelopes');
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const headers = { 'X-Correlation-Id': 'basket 7', traceparent };
    await other.send('1/CreateProduct', { price: 5 }, { key: 'cause', headers });
    const [envelope] = await other.received('1', 1);
    expect(envelope).toEqual({
      specversion: '1.0',
      id: 'product/1@1',
      source: 'catalog',
      type: 'product',
      subject: 'product/1',
      time: envelope?.time,
      datacontenttype: 'application/json',
      format: 1,
      version: 1,
      correlationid: 'basket 7',
      causationid: 'cause',
      traceparent,
      data: { events: [{ type: 'ProductCreated', v: 1, data: { price: 5 } }] },
    });
    expect(envelope?.time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  it('checks the version that its caller has seen', async () => {
    const expecting = (version: number, price: number) =>
      rig.send('expected/ChangePrice', { price }, { headers: { 'If-Match': `"${version}"` } });
    const created = await rig.send('expected/CreateProduct', { price: 1 }, { headers: { 'if-match': '"0"' } });
    expect(created.status).toBe(200);
    expect(await expecting(1, 2)).toMatchObject({ status: 200, body: { version: 2 } });
    expect(await expecting(1, 3)).toMatchObject({
      status: 409,
      body: { type: 'urn:dbpatterns:problem:version-conflict', expected: 1, actual: 2 },
    });
    expect(await priceOf('expected')).toBe(2);
    expect(await versionsOf('expected')).toEqual([1, 2]);
  });

  it('gets a version without holes, however many run at once', async () => {
    await rig.send('crowd/CreateProduct', { price: 1 });
    const prices = Array.from({ length: 16 }, (_, index) => index + 2);
    const answers = await Promise.all([
      ...prices.map((price) => rig.send('crowd/SetPrice', { price })),
      ...prices.map((price) => rig.send('crowd/ChangePrice', { price: price + 100 })),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    // Both forms lock the rows first and the stream last: none ran into a deadlock and had to run again.
    expect(rig.store.counts()).toMatchObject({ BeginTransaction: 16 });
    const versions = answers.map(({ body }) => Number(body['version'])).sort((a, b) => a - b);
    expect(versions).toEqual(answers.map((_, index) => index + 2));
  });
});

describe('a repeated command', () => {
  it('gets the first answer and changes nothing', async () => {
    await rig.send('repeat/CreateProduct', { price: 1 });
    const first = await rig.send('repeat/ChangePrice', { price: 2 }, { key: 'repeat' });
    await rig.send('repeat/ChangePrice', { price: 3 });
    const second = await rig.send('repeat/ChangePrice', { price: 2 }, { key: 'repeat' });
    expect(second).toMatchObject({ status: 200, headers: { 'idempotent-replayed': 'true' } });
    expect(second.body).toEqual(first.body);
    expect(await priceOf('repeat')).toBe(3);
    expect(await versionsOf('repeat')).toEqual([1, 2, 3]);
  });

  it('gets the first answer whatever the order of its members, and also where it would now be refused', async () => {
    const body = { price: 9, note: 'sale' };
    await rig.send('order/CreateProduct', { price: 1 });
    const first = await rig.send('order/ChangePrice', body, { key: 'order' });
    const second = await rig.send('order/ChangePrice', '{ "note": "sale", "price": 9 }', { key: 'order' });
    expect([second.status, second.body]).toEqual([200, first.body]);
  });

  it.each(['CreateProduct', 'ChangePrice'])('is done once when it arrives eight times at once (%s)', async (name) => {
    const id = `at-once-${name}`;
    if (name === 'ChangePrice') await rig.send(`${id}/CreateProduct`, { price: 1 });
    const key = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => rig.send(`${id}/${name}`, { price: 2 }, { key, handler: rig.container() })),
    );
    const [first] = answers;
    expect(first?.status).toBe(200);
    for (const answer of answers) expect([answer.status, answer.body]).toEqual([200, first?.body]);
    expect(answers.filter(({ headers }) => headers['idempotent-replayed'] === undefined)).toHaveLength(1);
    expect(await versionsOf(id)).toEqual(name === 'ChangePrice' ? [1, 2] : [1]);
  });

  it('is refused if its id was used for something else', async () => {
    await rig.send('reused/CreateProduct', { price: 1 }, { key: 'reused' });
    for (const [path, price] of [
      ['reused/CreateProduct', 2],
      ['other/CreateProduct', 1],
    ] as const) {
      const answer = await rig.send(path, { price }, { key: 'reused' });
      expect(answer).toMatchObject({ status: 422, body: { type: 'urn:dbpatterns:problem:key-reused' } });
    }
    expect(await priceOf('other')).toBeUndefined();
  });

  it('is a new one after the retention', async () => {
    await rig.send('old/CreateProduct', { price: 1 });
    await rig.send('old/SetPrice', { price: 2 }, { key: 'old' });
    await rig.store.direct((client) =>
      client.query("update dbpatterns.command set created_at = now() - interval '8 days' where id = 'old'"),
    );
    expect((await rig.send('old/SetPrice', { price: 2 }, { key: 'old' })).body).toMatchObject({ version: 3 });
  });
});

describe('an answer that is lost on the way', () => {
  it.each([
    ['of the one call', 'SetPrice', ['ExecuteStatement']],
    ['of the one call, twice', 'SetPrice', ['ExecuteStatement', 'ExecuteStatement']],
    ['of the append', 'ChangePrice', ['BeginTransaction']],
    ['of the commit', 'ChangePrice', ['CommitTransaction']],
  ])('%s does not make the command happen twice', async (_, name, lost) => {
    const id = `lost-${name}-${lost.join('-')}`;
    await rig.send(`${id}/CreateProduct`, { price: 1 });
    const database = await rig.store.as('commands', rig.store.counted(losingAnswers(...lost)));
    const answer = await rig.send(`${id}/${name}`, { price: 2 }, { handler: rig.container({ database }) });
    expect(answer).toMatchObject({ status: 200, body: { version: 2 } });
    expect(await versionsOf(id)).toEqual([1, 2]);
    expect(await priceOf(id)).toBe(2);
  });

  it('of a statement inside a transaction fails the command, which can be repeated', async () => {
    await rig.send('lost-inside/CreateProduct', { price: 1 });
    const losing = losingAnswers('ExecuteStatement');
    const database = await rig.store.as('commands', rig.store.counted(losing));
    const handler = rig.container({ database });
    const failed = await rig.send('lost-inside/ChangePrice', { price: 2 }, { key: 'inside', handler });
    expect(failed).toMatchObject({ status: 503, body: { type: 'urn:dbpatterns:problem:unavailable' } });
    expect(await versionsOf('lost-inside')).toEqual([1]);
    const repeated = await rig.send('lost-inside/ChangePrice', { price: 2 }, { key: 'inside', handler });
    expect(repeated).toMatchObject({ status: 200, body: { version: 2 } });
  });
});

describe('a command that cannot be', () => {
  const nothingWritten = async (action: () => Promise<void>): Promise<void> => {
    const state = () =>
      rig.store.direct(async (client) => {
        const text =
          'select (select count(*) from dbpatterns.outbox) o, (select count(*) from dbpatterns.command) c, (select count(*) from product) p';
        return (await client.query<object>(text)).rows;
      });
    const before = await state();
    await action();
    expect(await state()).toEqual(before);
  };

  it.each([
    ['not JSON', 'x/CreateProduct', '{', {}, 400, 'not-json'],
    ['JSON that is nested too deep', 'x/CreateProduct', `${'['.repeat(33)}${']'.repeat(33)}`, {}, 400, 'json-too-deep'],
    ['an unknown command', 'x/Explode', {}, {}, 404, 'unknown-command'],
    ['an unknown entity', 'x/ChangePrice', { price: 1 }, {}, 404, 'not-found'],
    ['no id', 'x/CreateProduct', { price: 1 }, { 'idempotency-key': '' }, 400, 'missing-idempotency-key'],
    [
      'an id of 129 characters',
      'x/CreateProduct',
      { price: 1 },
      { 'idempotency-key': 'k'.repeat(129) },
      400,
      'invalid-header',
    ],
    ['an unreadable version', 'x/CreateProduct', { price: 1 }, { 'if-match': '3' }, 400, 'invalid-header'],
    ['a body over the limit', 'x/CreateProduct', { price: 1, pad: 'x'.repeat(262_144) }, {}, 413, 'body-too-large'],
    [
      'a version for what does not exist',
      'x/CreateProduct',
      { price: 1 },
      { 'if-match': '"3"' },
      409,
      'version-conflict',
    ],
    [
      'an entity that should be new',
      'taken/CreateProduct',
      { price: 1 },
      { 'if-match': '"0"' },
      409,
      'version-conflict',
    ],
    ['a handler without an event', 'x/DoNothing', {}, {}, 500, 'internal-error'],
    ['a broken rule of the database', 'taken/CreateProduct', { price: 1 }, {}, 409, 'constraint-violated'],
  ])('is answered with a problem and writes nothing: %s', async (_, path, body, headers, status, code) => {
    if (path.startsWith('taken')) await rig.send(path, body);
    await nothingWritten(async () => {
      const answer = await rig.send(path, body, { headers });
      expect(answer).toMatchObject({ status, body: { status, type: `urn:dbpatterns:problem:${code}` } });
      expect(answer.headers['content-type']).toBe('application/problem+json');
      expect(answer.body['title']).toEqual(expect.any(String));
      expect(answer.body['detail']).toEqual(expect.any(String));
    });
  });

  it('is told of every field at fault', async () => {
    await nothingWritten(async () => {
      const { status, body } = await rig.send('x/CreateProduct', { price: -1.5, colour: 'red' });
      expect(status).toBe(400);
      const errors = body['errors'] as { pointer: string }[];
      expect(errors.map(({ pointer }) => pointer)).toEqual(expect.arrayContaining(['/price', '']));
    });
  });
});

describe('a deadlock', () => {
  it('is run again, so that both commands succeed', async () => {
    const { crossing, meeting } = crossingCommands();
    await rig.send('a/CreateProduct', { price: 1 });
    await rig.send('b/CreateProduct', { price: 1 });
    const answers = await Promise.all([
      rig.send('a/RaiseBoth', { other: 'b' }, { handler: rig.containerOf(crossing) }),
      rig.send('b/RaiseBoth', { other: 'a' }, { handler: rig.containerOf(crossing) }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(meeting.attempts).toBe(3);
    expect([await priceOf('a'), await priceOf('b')]).toEqual([3, 3]);
  });
});
