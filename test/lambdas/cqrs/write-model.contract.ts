import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { Token, type CommandsHandler, type Envelope } from '../../../lambdas/cqrs/index.js';
import { COMMIT_LIMIT } from '../../../lambdas/cqrs/limits.js';
import type { Intercept } from '../stores/postgres-rig.js';
import type { Answer, SendOptions } from './send-command.js';

/**
 * A write model on its real engine, with the commands CreateProduct, SetPrice (looks at nothing), SetPrices (several
 * events) and ChangePrice (looks at what there is, and refuses where it is not there or has this price).
 */
export interface WriteModelUnderTest {
  send(path: string, body: unknown, options?: SendOptions & { handler?: CommandsHandler }): Promise<Answer>;
  /** A new container of the function. */
  container(intercept?: Intercept): Promise<CommandsHandler>;
  /** All commits of a product, by the adapter of history. */
  commits(id: string): Promise<readonly Envelope[]>;
  /** All that is stored, to compare. */
  everything(): Promise<unknown>;
  /** How many requests were sent since the last question that may write. */
  writes(): number;
  /** What a function left open that has ended, ends by itself: that time has passed. */
  leftOpenEnds(): Promise<void>;
}

/** The nth request to the store goes wrong, in one of these ways. */
const FAULTS = {
  'is refused': (n: number): Intercept => faulty(n, { isDone: false, isOver: false }),
  'is done, and its answer lost': (n: number): Intercept => faulty(n, { isDone: true, isOver: false }),
  'is not sent, and the function ends': (n: number): Intercept => faulty(n, { isDone: false, isOver: true }),
  'is done, and the function ends': (n: number): Intercept => faulty(n, { isDone: true, isOver: true }),
};

/** What every write model promises, whatever stores it. */
export function writeModelContract(technology: string, start: () => Promise<WriteModelUnderTest>): void {
  let model: WriteModelUnderTest;

  beforeAll(async () => {
    model = await start();
  });

  const versionsOf = async (id: string): Promise<number[]> => (await model.commits(id)).map(({ version }) => version);
  const causesOf = async (id: string): Promise<string[]> =>
    (await model.commits(id)).map(({ causationid }) => causationid);
  const eventsOf = async (id: string): Promise<unknown[]> => (await model.commits(id)).map(({ data }) => data?.events);
  const nothingWritten = async (action: () => Promise<void>): Promise<void> => {
    const before = await model.everything();
    await action();
    expect(await model.everything()).toEqual(before);
  };

  describe(`an acknowledged command on ${technology}`, () => {
    it('is one commit, with what caused it, and history holds exactly what was acknowledged', async () => {
      const answers: Answer[] = [];
      answers.push(await model.send('told/CreateProduct', { price: 1 }, { key: 'told-1' }));
      answers.push(await model.send('told/ChangePrice', { price: 2 }, { key: 'told-2' }));
      answers.push(await model.send('told/SetPrice', { price: 3 }, { key: 'told-3' }));
      expect(answers.map(({ body }) => body['version'])).toEqual([1, 2, 3]);
      const commits = await model.commits('told');
      expect(commits.map(({ id, causationid }) => [id, causationid])).toEqual([
        ['product/told@1', 'told-1'],
        ['product/told@2', 'told-2'],
        ['product/told@3', 'told-3'],
      ]);
      expect(commits.map(({ data }) => data?.events)).toEqual([
        [{ type: 'ProductCreated', v: 1, data: { price: 1 } }],
        [{ type: 'PriceChanged', v: 1, data: { price: 2 } }],
        [{ type: 'PriceChanged', v: 1, data: { price: 3 } }],
      ]);
    });

    it('answers with the version as an entity tag and a token that asks for it', async () => {
      const { status, headers, body } = await model.send('token/CreateProduct', { price: 1 });
      expect([status, body['stream'], body['version']]).toEqual([200, 'product/token', 1]);
      expect(headers).toMatchObject({ etag: '"1"', 'x-consistency-token': body['token'] });
      expect(Token.parse(String(body['token'])).version('product/token')).toBe(1);
    });

    it('keeps its events together, whatever else happens to the entity', async () => {
      await model.send('whole/CreateProduct', { price: 1 });
      const commits = Array.from({ length: 8 }, (_, n) => [10 * n + 2, 10 * n + 3, 10 * n + 4]);
      await Promise.all(commits.map((prices) => model.send('whole/SetPrices', { prices })));
      const [, ...stored] = await eventsOf('whole');
      const priced = commits.map((prices) => prices.map((price) => ({ type: 'PriceChanged', v: 1, data: { price } })));
      expect(stored).toHaveLength(commits.length);
      expect(stored).toEqual(expect.arrayContaining(priced));
    });
  });

  describe(`a repeated command on ${technology}`, () => {
    it.each(['CreateProduct', 'SetPrice', 'ChangePrice'])('gets the first answer: %s', async (name) => {
      const id = `repeat-${name}`;
      if (name !== 'CreateProduct') await model.send(`${id}/CreateProduct`, { price: 1 });
      const first = await model.send(`${id}/${name}`, { price: 2 }, { key: id });
      expect([first.status, first.headers['idempotent-replayed']]).toEqual([200, undefined]);
      await model.send(`${id}/ChangePrice`, { price: 3 });
      await nothingWritten(async () => {
        const second = await model.send(`${id}/${name}`, '{ "price": 2 }', { key: id });
        expect([second.status, second.headers['idempotent-replayed'], second.body]).toEqual([200, 'true', first.body]);
      });
    });

    it('gets the first answer where it would now be refused', async () => {
      await model.send('refused-now/CreateProduct', { price: 1 });
      const first = await model.send('refused-now/ChangePrice', { price: 2 }, { key: 'refused-now' });
      const second = await model.send('refused-now/ChangePrice', { price: 2 }, { key: 'refused-now' });
      expect([second.status, second.body]).toEqual([200, first.body]);
      expect(await versionsOf('refused-now')).toEqual([1, 2]);
    });

    it.each(['CreateProduct', 'SetPrice', 'ChangePrice'])(
      'is done once if it arrives eight times at once: %s',
      async (name) => {
        const id = `at-once-${name}`;
        if (name !== 'CreateProduct') await model.send(`${id}/CreateProduct`, { price: 1 });
        const key = randomUUID();
        const before = (await versionsOf(id)).length;
        const answers = await Promise.all(
          Array.from({ length: 8 }, async () =>
            model.send(`${id}/${name}`, { price: 2 }, { key, handler: await model.container() }),
          ),
        );
        for (const answer of answers) expect([answer.status, answer.body]).toEqual([200, answers[0]?.body]);
        expect(answers.filter(({ headers }) => headers['idempotent-replayed'] === undefined)).toHaveLength(1);
        expect(await versionsOf(id)).toHaveLength(before + 1);
      },
    );

    it('is refused if its id was used for something else', async () => {
      await model.send('reused/CreateProduct', { price: 1 });
      await model.send('reused/ChangePrice', { price: 2 }, { key: 'reused' });
      await nothingWritten(async () => {
        for (const [path, price] of [
          ['reused/ChangePrice', 3],
          ['reused/SetPrice', 2],
        ] as const) {
          const answer = await model.send(path, { price }, { key: 'reused' });
          expect(answer).toMatchObject({ status: 422, body: { type: 'urn:dbpatterns:problem:key-reused' } });
        }
      });
    });
  });

  describe(`the version that a caller has seen, on ${technology}`, () => {
    const seeing = (path: string, version: number, price: number): Promise<Answer> =>
      model.send(path, { price }, { headers: { 'If-Match': `"${version}"` } });
    const conflict = (expected: number, actual: number) => ({
      status: 409,
      body: { type: 'urn:dbpatterns:problem:version-conflict', expected, actual },
    });

    it('is "0" for what must be new', async () => {
      expect((await seeing('fresh/CreateProduct', 0, 1)).body).toMatchObject({ version: 1 });
      await nothingWritten(async () => {
        expect(await seeing('fresh/SetPrice', 0, 2)).toMatchObject(conflict(0, 1));
      });
    });

    it.each(['SetPrice', 'ChangePrice'])('must be the one that there is: %s', async (name) => {
      const path = `seen-${name}`;
      await model.send(`${path}/CreateProduct`, { price: 1 });
      expect((await seeing(`${path}/${name}`, 1, 2)).body).toMatchObject({ version: 2 });
      await nothingWritten(async () => {
        expect(await seeing(`${path}/${name}`, 1, 3)).toMatchObject(conflict(1, 2));
        expect(await seeing(`${path}/${name}`, 3, 3)).toMatchObject(conflict(3, 2));
      });
      expect(await versionsOf(path)).toEqual([1, 2]);
    });

    it('lets one of many through that have seen the same', async () => {
      await model.send('race/CreateProduct', { price: 1 });
      const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => seeing('race/SetPrice', 1, n + 2)));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409, 409, 409, 409]);
      expect(await versionsOf('race')).toEqual([1, 2]);
    });
  });

  describe(`writers of one entity on ${technology}`, () => {
    it.each([
      [64, 'SetPrice'],
      [16, 'ChangePrice'],
    ])('all succeed, %i at once, without holes: %s', async (count, name) => {
      const id = `crowd-${name}`;
      await model.send(`${id}/CreateProduct`, { price: 1 });
      const keys = Array.from({ length: count }, (_, n) => `${id}-${n}`);
      const answers = await Promise.all(keys.map((key, n) => model.send(`${id}/${name}`, { price: n + 2 }, { key })));
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
      expect(await versionsOf(id)).toEqual(Array.from({ length: count + 1 }, (_, n) => n + 1));
      const [, ...causes] = await causesOf(id);
      const told = [...answers.entries()].sort(([, a], [, b]) => Number(a.body['version']) - Number(b.body['version']));
      expect(causes).toEqual(told.map(([n]) => keys[n]));
    });
  });

  describe(`a refused command on ${technology}`, () => {
    it.each([
      ['an unknown entity', 'x/ChangePrice', { price: 1 }, 404, 'not-found'],
      ['what the business refuses', 'taken/ChangePrice', { price: 1 }, 409, 'price-unchanged'],
      ['an unknown command', 'x/Explode', {}, 404, 'unknown-command'],
      ['fields at fault', 'x/CreateProduct', { price: -1.5, colour: 'red' }, 400, 'invalid'],
      ['a handler without an event', 'x/DoNothing', {}, 500, 'internal-error'],
    ])('has written nothing: %s', async (_, path, body, status, code) => {
      if (path.startsWith('taken')) await model.send('taken/CreateProduct', { price: 1 });
      await nothingWritten(async () => {
        const answer = await model.send(path, body);
        expect(answer).toMatchObject({ status, body: { type: `urn:dbpatterns:problem:${code}` } });
      });
    });

    it('of what there is already has written nothing', async () => {
      await model.send('taken-twice/CreateProduct', { price: 1 });
      await nothingWritten(async () => {
        expect(await model.send('taken-twice/CreateProduct', { price: 2 })).toMatchObject({ status: 409 });
      });
    });

    it('of more than a commit holds is refused before anything is written', async () => {
      await model.send('huge/CreateProduct', { price: 1 });
      await nothingWritten(async () => {
        model.writes();
        const answer = await model.send('huge/ChangePrice', { price: 2, note: 'x'.repeat(COMMIT_LIMIT) });
        expect(answer).toMatchObject({
          status: 413,
          body: { type: 'urn:dbpatterns:problem:commit-too-large', limit: COMMIT_LIMIT },
        });
        expect(model.writes()).toBe(0);
      });
    });

    it('of just less is none', async () => {
      await model.send('large/CreateProduct', { price: 1 });
      const answer = await model.send('large/ChangePrice', { price: 2, note: 'x'.repeat(COMMIT_LIMIT - 1024) });
      expect([answer.status, await versionsOf('large')]).toEqual([200, [1, 2]]);
    });
  });

  describe(`a request to ${technology} that goes wrong`, () => {
    const cases = Object.keys(FAULTS).flatMap((fault) =>
      ['CreateProduct', 'SetPrice', 'ChangePrice'].map((name) => [fault, name] as const),
    );

    it.each(cases)('%s: %s is done once, repeated or not', async (fault, name) => {
      const faultOf = FAULTS[fault as keyof typeof FAULTS];
      for (let n = 1; n <= 6; n += 1) {
        const id = `fault-${fault.replaceAll(/\W/g, '')}-${name}-${n}`;
        if (name !== 'CreateProduct') await model.send(`${id}/CreateProduct`, { price: 1 });
        const before = await versionsOf(id);
        const send = async (intercept?: Intercept): Promise<Answer> =>
          model.send(`${id}/${name}`, { price: 2 }, { key: id, handler: await model.container(intercept) });
        const first = await send(faultOf(n));
        if (first.status === 200) expect(await versionsOf(id)).toHaveLength(before.length + 1);
        else expect(first.status).toBe(503);
        await model.leftOpenEnds();
        const second = await send();
        expect(second.status).toBe(200);
        if (first.status === 200) expect(second.body).toEqual(first.body);
        expect(await versionsOf(id)).toEqual([...before, before.length + 1]);
        expect((await causesOf(id)).at(-1)).toBe(id);
      }
    });
  });
}

function faulty(n: number, { isDone, isOver }: { isDone: boolean; isOver: boolean }): Intercept {
  let count = 0;
  const gone = (): Error => Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
  return async (_, call) => {
    count += 1;
    if (count < n || (count > n && !isOver)) return call();
    if (count === n && isDone) await call();
    throw gone();
  };
}
